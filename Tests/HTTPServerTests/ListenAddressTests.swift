import Testing

@testable import HTTPServer

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:8080", "::1", 8080), ("localhost:0", "localhost", 0),
    ("a-b.example:65535", "a-b.example", 65535),
  ])
  func addressesAreReadAndWritten(_ text: String, _ host: String, _ port: Int) {
    #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
    #expect(ListenAddress(host: host, port: port).description == text)
  }

  @Test(arguments: [
    "", ":", "8080", ":8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:+1", "localhost:0x1", "::1:8080",
    "[::1]",
    "[::1", "[]:1", "[a]:1", "a b:1", "http://a:1", "a:000001",
  ])
  func otherTextIsRefused(_ text: String) {
    #expect(ListenAddress(text) == nil)
  }
}
