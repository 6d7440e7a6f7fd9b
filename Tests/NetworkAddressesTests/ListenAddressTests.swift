import Testing

@testable import NetworkAddresses

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)), ("[::1]:8080", .tcp(host: "::1", port: 8080)),
    ("[fe80::1%eth0]:80", .tcp(host: "fe80::1%eth0", port: 80)), ("localhost:0", .tcp(host: "localhost", port: 0)),
    ("a-b.example:65535", .tcp(host: "a-b.example", port: 65535)), ("unix:/run/gate.sock", .unix(path: "/run/gate.sock")),
    ("unix:gate.sock", .unix(path: "gate.sock")),
    ("unix:" + String(repeating: "p", count: 107), .unix(path: String(repeating: "p", count: 107))),
  ])
  func addressesAreReadAndWritten(_ text: String, _ address: ListenAddress) throws {
    #expect(try ListenAddress(text) == address)
    #expect(address.description == text)
  }

  @Test(arguments: [
    "", ":", "8080", ":8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:+1", "localhost:0x1", "::1:8080",
    "[::1]", "[::1", "[]:1", "[a]:1", "a b:1", "http://a:1", "a:000001", "/run/gate.sock", "Unix:/run/gate.sock", "127.0.0:80",
  ])
  func otherTextIsRefused(_ text: String) {
    #expect(throws: ListenAddress.Fault.form) { try ListenAddress(text) }
  }

  @Test(arguments: ["unix:", "unix:" + String(repeating: "p", count: 108), "unix:" + String(repeating: "ö", count: 54), "unix:/a\0b"])
  func aPathThatNoSocketCanHaveIsRefused(_ text: String) {
    #expect(throws: ListenAddress.Fault.path) { try ListenAddress(text) }
  }

  @Test(arguments: [
    ("127.0.0.1:1", "http://127.0.0.1:1", false), ("[::]:1", "http://[::]:1", true), ("0.0.0.0:1", "http://0.0.0.0:1", true),
    ("unix:/a", nil, false),
  ])
  func aLinkNeedsAnAddress(_ text: String, _ url: String?, _ isEverywhere: Bool) throws {
    let address = try ListenAddress(text)
    #expect(address.url == url)
    #expect(address.isEverywhere == isEverywhere)
  }
}
