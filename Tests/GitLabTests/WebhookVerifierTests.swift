import Calendar
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct WebhookVerifierTests {
  private static let signing = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  private static let signature = "v1,kK+vQdBu8+5aQ57mL0md6h/r0EspK77WtKroz9vjo/g="
  private static let sentAt = Instant(milliseconds: 1_788_426_902_000)

  private let body: [UInt8]
  private let fields: HTTPFields

  init() throws {
    body = try Fixture.bytes("signed/body.bin")
    var fields = HTTPFields()
    for member in try #require(Fixture.json("signed/vector")["headers"]?.object?.members) {
      fields.append(HTTPField(name: try #require(HTTPField.Name(member.name)), value: try #require(member.value.string)))
    }
    self.fields = fields
  }

  /// What the verifier with the vector's signing token says; nil when it is authentic.
  private func fault(_ fields: HTTPFields, body: [UInt8]? = nil, at now: Instant = sentAt, signing: String? = signing, token: String? = nil)
    throws
    -> WebhookFault?
  {
    let verifier = try WebhookVerifier(webhookToken: token, signingToken: signing)
    do throws(WebhookFault) {
      try verifier.verify(fields, body: body ?? self.body, at: now)
      return nil
    } catch { return error }
  }

  private func changing(_ name: String, to value: String?) throws -> HTTPFields {
    var changed = fields
    changed[try #require(HTTPField.Name(name))] = value
    return changed
  }

  @Test func signedVectorIsAuthentic() throws {
    #expect(try fault(fields) == nil)
  }

  @Test func everyFlippedBitIsNoticed() throws {
    for index in stride(from: 0, to: body.count, by: 97) {
      for bit in 0..<8 {
        var changed = body
        changed[index] ^= UInt8(1) << UInt8(bit)
        #expect(try fault(fields, body: changed) == .wrongSignature, "byte \(index), bit \(bit)")
      }
    }
    #expect(try fault(fields, body: body + [0x20]) == .wrongSignature)
    #expect(try fault(fields, body: []) == .wrongSignature)
  }

  @Test func idTimeAndSignatureAreAllSigned() throws {
    #expect(try fault(changing("webhook-id", to: "f5e5f430-f57b-4e6e-9fac-d9128cd7232e")) == .wrongSignature)
    #expect(try fault(changing("webhook-timestamp", to: "1788426903")) == .wrongSignature)
    let flipped = Self.signature.replacing("kK+v", with: "lK+v")
    #expect(try fault(changing("webhook-signature", to: flipped)) == .wrongSignature)
    #expect(try fault(changing("webhook-signature", to: "v2" + Self.signature.dropFirst(2))) == .wrongSignature)
    #expect(try fault(changing("webhook-signature", to: String(Self.signature.dropLast()))) == .wrongSignature)
    let otherKey = "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    #expect(try fault(fields, signing: otherKey) == .wrongSignature)
  }

  @Test(arguments: [
    "v1,AAAA \(signature)", "\(signature) v1,AAAA", "v1a,x v2,y \(signature) v9,z", " \(signature)  v1,q",
  ])
  func oneGoodSignatureAmongOthersIsEnough(list: String) throws {
    #expect(try fault(changing("webhook-signature", to: list)) == nil)
  }

  @Test(arguments: [(-300_000, true), (-300_001, false), (300_000, true), (300_001, false), (0, true)])
  func fiveMinutesEitherWay(offset: Int64, isAuthentic: Bool) throws {
    let fault = try fault(fields, at: Instant(milliseconds: Self.sentAt.milliseconds + offset))
    #expect(fault == (isAuthentic ? nil : .outsideTolerance(seconds: offset / 1_000)))
  }

  @Test(arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"])
  func missingRepeatedAndOversizedHeadersAreNot(name: String) throws {
    #expect(try fault(changing(name, to: nil)) == .missing(name))
    #expect(try fault(changing(name, to: "")) == .missing(name))
    #expect(try fault(changing(name, to: String(repeating: "1", count: 3_000))) == .oversized(name))
    var doubled = fields
    doubled.append(HTTPField(name: try #require(HTTPField.Name(name)), value: "1"))
    #expect(try fault(doubled) == .repeated(name))
  }

  @Test(arguments: ["-1788426902", "1788426902.0", "0x6A98", "9999999999999", " "])
  func timesThatAreNone(text: String) throws {
    let fault = try fault(changing("webhook-timestamp", to: text))
    #expect(fault == .malformed("webhook-timestamp") || fault == .missing("webhook-timestamp"))
  }

  @Test func aFloodOfSignaturesIsNotCompared() throws {
    let flood = Array(repeating: "v1,A", count: 17).joined(separator: " ") + " " + Self.signature
    #expect(try fault(changing("webhook-signature", to: flood)) == .oversized("webhook-signature"))
  }

  @Test func signingTokenWinsOverWebhookToken() throws {
    var unsigned = fields
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] { unsigned[try #require(HTTPField.Name(name))] = nil }
    #expect(try fault(unsigned, token: "legacy-secret") == .missing("webhook-id"))
    #expect(try fault(unsigned, signing: nil, token: "legacy-secret") == nil)
  }

  @Test(arguments: ["legacy-secreT", "legacy-secre", "legacy-secret ", "legacy-secrett", "x"])
  func onlyTheVeryTokenCounts(token: String) throws {
    #expect(try fault(fields, signing: nil, token: token) == .wrongToken)
  }

  @Test func tokenHeaderOnceAndOfSaneSize() throws {
    #expect(try fault(changing("X-Gitlab-Token", to: nil), signing: nil, token: "t") == .missing("X-Gitlab-Token"))
    #expect(
      try fault(changing("X-Gitlab-Token", to: String(repeating: "t", count: 2_049)), signing: nil, token: "t")
        == .oversized("X-Gitlab-Token"))
    var doubled = fields
    doubled.append(HTTPField(name: .gitLabToken, value: "legacy-secret"))
    #expect(try fault(doubled, signing: nil, token: "legacy-secret") == .repeated("X-Gitlab-Token"))
  }

  @Test func withoutASecretNothingIsAuthentic() throws {
    #expect(try fault(fields, signing: nil) == .nothingConfigured)
    #expect(try fault(fields, signing: "", token: "") == .nothingConfigured)
  }

  @Test(arguments: [
    "whsec_", "whsec_AAECAwQF", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_!!!",
    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==",
  ])
  func signingTokensThatAreNone(text: String) {
    let error = #expect(throws: MalformedSigningToken.self) { try WebhookVerifier(webhookToken: nil, signingToken: text) }
    #expect(error?.description.contains("AAEC") == false)
  }
}
