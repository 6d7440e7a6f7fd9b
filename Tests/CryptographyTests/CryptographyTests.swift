import Testing

@testable import Cryptography

/// The examples of the standards.
@Suite struct CryptographyTests {
  /// FIPS 180-4's examples, as NIST gives them.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digests(_ text: String, _ digest: String) { #expect(Digest.sha256Text(Array(text.utf8)) == digest) }

  /// RFC 4231 §4.2, §4.3 and §4.7 (a key longer than a block).
  @Test(arguments: [
    (
      [UInt8](repeating: 0x0b, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (Array("Jefe".utf8), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
      [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func codes(_ key: [UInt8], _ text: String, _ code: String) {
    let message = Array(text.utf8)
    #expect(Digest.hexadecimal(MessageAuthentication.sha256([message], key: key)) == code)
    for cut in message.indices {
      let parts = [Array(message[..<cut]), Array(message[cut...])]
      #expect(Digest.hexadecimal(MessageAuthentication.sha256(parts, key: key)) == code)
    }
  }

  @Test func codesAreEqualOrNot() {
    let code = MessageAuthentication.sha256([[1, 2, 3]], key: [4])
    #expect(MessageAuthentication.areEqual(code, code))
    for index in code.indices {
      var other = code
      other[index] ^= 1
      #expect(!MessageAuthentication.areEqual(code, other))
    }
    #expect(!MessageAuthentication.areEqual(code, Array(code.dropLast())))
    #expect(MessageAuthentication.areEqual([], []))
  }

  /// RFC 7914 §11 has PBKDF2-HMAC-SHA256 of other counts; this one is Python's `hashlib.pbkdf2_hmac("sha256", b"passwd", b"salt", 200000)`.
  @Test func slowDigests() {
    let digest = PasswordDigest.sha256("passwd", salt: Array("salt".utf8))
    #expect(Digest.hexadecimal(digest) == "7cbcd40f6980961d620da6d3e868dc48f3d36177bae4c555262df2b07523fd85")
    #expect(PasswordDigest.sha256("passwd", salt: Array("Salt".utf8)) != digest)
    #expect(PasswordDigest.sha256("", salt: []).count == 32)
  }

  /// RFC 4648 §10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func base64(_ plain: String, _ encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg==\n", " Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm9v====", "Zm-v", "Zm9v Zm9v", "Zm9vZg==Zm9v", "é===",
  ])
  func whatIsNoBase64(_ text: String) { #expect(Base64.decode(text) == nil) }

  @Test func everyByteComesBack() {
    let bytes = (0...255).map { UInt8($0) }
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
  }
}
