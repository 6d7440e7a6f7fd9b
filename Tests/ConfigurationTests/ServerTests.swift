import NetworkAddresses
import Testing

@testable import Configuration

/// Where the server listens, where links lead, and whose word is taken for who the client is.
@Suite struct ServerTests {
  private func server(_ keys: String) throws -> Configuration.Server {
    try Configuration.parse(completed("server: {\(keys)}"), file: "g.yaml", environment: exampleEnvironment).server
  }

  @Test func listensInSeveralPlaces() throws {
    let server = try server("listen: ['127.0.0.1:8080', '[::1]:0', '[::1]:0', unix:/run/gatehouse/gatehouse.sock]")
    #expect(
      server.listen == [
        .tcp(host: "127.0.0.1", port: 8_080), .tcp(host: "::1", port: 0), .tcp(host: "::1", port: 0),
        .unix(path: "/run/gatehouse/gatehouse.sock"),
      ])
  }

  @Test(arguments: [
    Case("server: {listen: []}", "1:18: `listen` must be an address or a list of 1 to 16, not a list of 0"),
    Case(
      "server: {listen: [\((1...17).map { "'127.0.0.1:\($0)'" }.joined(separator: ","))]}",
      "1:18: `listen` must be an address or a list of 1 to 16, not a list of 17"),
    Case("server: {listen: {a: b}}", "1:18: `listen` must be an address or a list of them, not a mapping"),
    Case(
      "server:\n  listen:\n    - 127.0.0.1:80\n    - [unix:a]\n    -\n    - 8080",
      "4:7: `listen` must be an address or a list of them, not a list",
      "5:6: `listen` \(ListenAddress.Fault.form.rawValue), not an empty value",
      "6:7: `listen` \(ListenAddress.Fault.form.rawValue), not `8080`"),
    Case(
      "server: {listen: unix:\(String(repeating: "p", count: 108))}",
      "1:18: `listen` has a path that no socket can have; write one of 1 to 107 bytes, not `unix:\(String(repeating: "p", count: 55))…`"),
    Case(
      "server: {listen: ['127.0.0.1:80', unix:a, '127.0.0.1:80']}",
      "1:43: `listen`: `127.0.0.1:80` takes what `127.0.0.1:80` would; keep one"),
    Case("server: {listen: ['0.0.0.0:80', '[::]:80']}", "1:33: `listen`: `0.0.0.0:80` takes what `[::]:80` would; keep one"),
    Case(
      "server: {trusted_proxies: 127.0.0.1}",
      "1:27: `trusted_proxies` must be a list of addresses, blocks of addresses, or unix, not `127.0.0.1`"),
    Case(
      "server:\n  trusted_proxies: [localhost, 10.0.0.0/33, 10.1, '']",
      "2:21: `trusted_proxies`: `localhost` is no address; write one such as 127.0.0.1, a block such as 10.0.0.0/8 or \"2001:db8::/32\", or unix",
      "2:32: `trusted_proxies`: `10.0.0.0/33` is no address; write one such as 127.0.0.1, a block such as 10.0.0.0/8 or \"2001:db8::/32\", or unix",
      "2:45: `trusted_proxies`: `10.1` is no address; write one such as 127.0.0.1, a block such as 10.0.0.0/8 or \"2001:db8::/32\", or unix",
      "2:51: `trusted_proxies` is empty; write a text"),
    Case("server: {trusted_proxies: [unxi]}", "1:28: `trusted_proxies`: `unxi` is no address; did you mean `unix`?"),
    Case(
      "server: {trusted_proxies: [10.0.0.1/8]}", "1:28: `trusted_proxies`: `10.0.0.1/8` has bits set behind its length; write 10.0.0.0/8"),
    Case(
      "server: {forwarded_field: x-forwarded}",
      "1:27: `forwarded_field` must be one of `x-forwarded-for`, `forwarded`, not `x-forwarded`; did you mean `forwarded`?"),
    Case("server: {trusted_proxy: []}", "1:10: unknown key `trusted_proxy`; did you mean `trusted_proxies`?"),
    Case(
      "server: {trusted_proxies: [0.0.0.0/0, '::/0', '::ffff:0.0.0.0/96']}",
      "1:28: `trusted_proxies`: `0.0.0.0/0` is everybody, so that any client could say that it is any other; name your proxies, such as 10.0.0.0/8",
      "1:39: `trusted_proxies`: `::/0` is everybody, so that any client could say that it is any other; name your proxies, such as 10.0.0.0/8",
      "1:47: `trusted_proxies`: `::ffff:0.0.0.0/96` is everybody, so that any client could say that it is any other; name your proxies, such as 10.0.0.0/8"
    ),
  ]) func isRefused(_ wrong: Case) {
    #expect(problems(wrong.text) == wrong.said)
  }

  @Test func trustsNobodyUnlessSaidSo() throws {
    #expect(try server("").trustedProxies == TrustedProxies())
  }

  @Test func trustsWhoIsNamed() throws {
    let server = try server("trusted_proxies: [127.0.0.1, 10.0.0.0/8, '2001:db8::/32', '::1', unix], forwarded_field: forwarded")
    let blocks = try ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "::1"].map { try AddressBlock($0) }
    #expect(server.trustedProxies == TrustedProxies(blocks: blocks, includesUnix: true, field: .forwarded))
  }

  @Test(arguments: [
    Case(
      "server: {listen: [unix:a]}",
      "1:9: `public_url` is missing, and a Unix socket has no address that links could lead to: they would lead to http://localhost; add it"
    ),
    Case(
      "server: {listen: [unix:a, '0.0.0.0:80', '127.0.0.1:80']}",
      "1:9: `public_url` is missing: links would lead to http://0.0.0.0:80, which is no address to others; add it"),
    Case("server: {listen: [unix:a, '127.0.0.1:80', '0.0.0.0:81']}"),
    Case("server: {listen: unix:a, public_url: 'https://gate.test'}"),
  ]) func isWarnedOf(_ odd: Case) throws {
    #expect(try warnings(odd.text) == odd.said)
  }

  @Test func linksLeadToTheFirstAddressThatHasAURL() throws {
    let bound: [ListenAddress] = [.unix(path: "a"), .tcp(host: "::1", port: 81), .tcp(host: "127.0.0.1", port: 82)]
    #expect(try server("listen: unix:a").publicURL(listeningAt: bound) == "http://[::1]:81")
    #expect(try server("listen: unix:a").publicURL(listeningAt: [.unix(path: "a")]) == "http://localhost")
    #expect(try server("listen: unix:a, public_url: 'https://gate.test'").publicURL(listeningAt: bound) == "https://gate.test")
  }
}
