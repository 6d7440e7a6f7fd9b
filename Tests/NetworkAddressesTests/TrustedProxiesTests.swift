import TestSupport
import Testing

@testable import NetworkAddresses

/// Who is behind a proxy, by what it says.
@Suite struct TrustedProxiesTests {
  private func trusting(_ field: TrustedProxies.Field, unix: Bool = false) throws -> TrustedProxies {
    try TrustedProxies(
      blocks: ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"].map { try AddressBlock($0) }, includesUnix: unix, field: field)
  }

  private func peer(_ text: String) throws -> Peer { text == "unix" ? .unix : .address(try #require(IPAddress(text))) }

  @Test(arguments: [
    (["203.0.113.9"], "203.0.113.9"), (["6.6.6.6, 203.0.113.9"], "203.0.113.9"), (["203.0.113.9,10.0.0.2 ,\t10.0.0.3"], "203.0.113.9"),
    (["6.6.6.6", "203.0.113.9", "10.0.0.2"], "203.0.113.9"), (["10.0.0.2"], "10.0.0.2"), (["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
    (["203.0.113.9:4711"], "203.0.113.9"), (["2001:db8::9"], "2001:db8::9"), (["[2001:db8::9]"], "2001:db8::9"),
    (["[2001:db8::9]:4711"], "2001:db8::9"), (["203.0.113.9, 2001:db8:1::5"], "203.0.113.9"), (["::ffff:203.0.113.9"], "203.0.113.9"),
    (["203.0.113.9,,, "], "203.0.113.9"), (["203.0.113.9", "", " , "], "203.0.113.9"), ([], "127.0.0.1"), ([""], "127.0.0.1"),
    // What is no address ends it.
    (["203.0.113.9, unknown"], "127.0.0.1"), (["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"), (["203.0.113.9, _id, 10.0.0.2"], "10.0.0.2"),
    (["unix:"], "127.0.0.1"), (["localhost"], "127.0.0.1"), (["203.0.113.9:"], "127.0.0.1"), (["203.0.113.9:a b"], "127.0.0.1"),
    (["[203.0.113.9]"], "127.0.0.1"), (["[::1"], "127.0.0.1"), (["::1]"], "127.0.0.1"), (["fe80::1%eth0"], "127.0.0.1"),
    (["\"203.0.113.9\""], "127.0.0.1"), (["203.0.113.9 10.0.0.2"], "127.0.0.1"), (["203.0.113.9;10.0.0.2"], "127.0.0.1"),
    // A quote means nothing in this field.
    (["\"6.6.6.6, 203.0.113.9"], "203.0.113.9"),
  ])
  func xForwardedFor(_ lines: [String], _ client: String) throws {
    #expect(try trusting(.xForwardedFor).client(behind: peer("127.0.0.1"), lines).description == client)
  }

  @Test(arguments: [
    // RFC 7239 §4, §6, §7.
    (["for=192.0.2.43"], "192.0.2.43"), (["For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
    (["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60"), (["for=192.0.2.43, for=198.51.100.17"], "198.51.100.17"),
    (["for=192.0.2.43,for=\"[2001:db8:1::17]\",for=10.0.0.2"], "192.0.2.43"), (["for=192.0.2.43,for=unknown"], "127.0.0.1"),
    (["for=_hidden, for=_SEVKISEK"], "127.0.0.1"), (["for=192.0.2.43, for=_gazonk, for=10.0.0.2"], "10.0.0.2"),
    (["for=\"192.0.2.43:_port\""], "192.0.2.43"), (["for=\"_id:80\""], "127.0.0.1"),
    (["by=10.0.0.2 ; FOR=\"192.0.2.43:80\" ;host=\"a,b;c\\\"\""], "192.0.2.43"),
    (["for=6.6.6.6", "for=192.0.2.43", "for=10.0.0.2"], "192.0.2.43"),
    (["for=192.0.2.43;;", " , "], "192.0.2.43"), (["for=\"1\\92.0.2.43\""], "192.0.2.43"), ([], "127.0.0.1"),
    // An element that does not say whom from, or is malformed, ends it.
    (["for=192.0.2.43, proto=https"], "127.0.0.1"), (["for=192.0.2.43, proto=https;for=10.0.0.2"], "192.0.2.43"),
    (["for=[2001:db8::1]"], "127.0.0.1"),
    (["for=\"2001:db8::1\""], "127.0.0.1"), (["for=1.2.3.4;for=1.2.3.4"], "127.0.0.1"), (["for"], "127.0.0.1"), (["for="], "127.0.0.1"),
    (["for =1.2.3.4"], "127.0.0.1"), (["for=1.2.3.4 proto=http"], "127.0.0.1"), (["for=1.2.3.4:80"], "127.0.0.1"),
    (["1.2.3.4"], "127.0.0.1"),
    (["for=\"1.2.3.4"], "127.0.0.1"), (["for=\"1.2.3.4\\"], "127.0.0.1"), (["for=\"\""], "127.0.0.1"), (["for=\"[]\""], "127.0.0.1"),
    // What a client sent in front does not change how the proxy's own element is read.
    (["for=6.6.6.6;x=\", for=192.0.2.43"], "192.0.2.43"), (["for=6.6.6.6;x=\", for=\"[2001:db8::1]\""], "2001:db8::1"),
    (["for=6.6.6.6;x=\"\\", "for=\"[2001:db8::1]\""], "2001:db8::1"), (["\\, for=192.0.2.43;host=\"a\\\\\""], "192.0.2.43"),
  ])
  func forwarded(_ lines: [String], _ client: String) throws {
    #expect(try trusting(.forwarded).client(behind: peer("127.0.0.1"), lines).description == client)
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("::ffff:127.0.0.1", true), ("127.0.0.2", false), ("10.255.0.1", true), ("2001:db8:1:2::3", true),
    ("2001:db8:2::3", false), ("unix", false),
  ])
  func onlyTheTrustedAreBelieved(_ text: String, _ isTrusted: Bool) throws {
    let proxies = try trusting(.xForwardedFor)
    let peer = try peer(text)
    #expect(proxies.contains(peer) == isTrusted)
    #expect(proxies.client(behind: peer, ["203.0.113.9"]) == (isTrusted ? try self.peer("203.0.113.9") : peer))
  }

  /// The proxies' own elements stand at the end; whatever a client has sent in front of them, on their line or on others, changes nothing.
  @Test(arguments: [
    (TrustedProxies.Field.xForwardedFor, "203.0.113.9:80, 10.0.0.2"),
    (.forwarded, "for=\"203.0.113.9:80\";host=\"a,\\\"b;\\\\\" , for=10.0.0.2;by=_x"),
  ])
  func whatAClientSendsInFrontChangesNothing(_ field: TrustedProxies.Field, _ own: String) throws {
    let proxies = try trusting(field)
    let peer = try peer("127.0.0.1")
    let alphabet = Array("\"\\,;= \t[]:.for10_x")
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<20_000 {
      let garbage = String((0..<Int.random(in: 0...24, using: &generator)).compactMap { _ in alphabet.randomElement(using: &generator) })
      let lines = Bool.random(using: &generator) ? [garbage, own] : [garbage + ", " + own]
      let client = proxies.client(behind: peer, lines)
      guard client.description == "203.0.113.9" else {
        Issue.record("\(lines) is read as \(client)")
        return
      }
    }
  }

  @Test func theUnixSocketIsBelievedWhereItIsNamed() throws {
    let proxies = try trusting(.xForwardedFor, unix: true)
    #expect(proxies.client(behind: .unix, ["203.0.113.9"]).description == "203.0.113.9")
    #expect(proxies.client(behind: .unix, []).description == "unix")
    #expect(proxies.client(behind: .unix, ["203.0.113.9, unknown"]).description == "unix")
  }

  @Test func nobodyIsBelievedUnlessSaidSo() throws {
    #expect(TrustedProxies().client(behind: try peer("127.0.0.1"), ["203.0.113.9"]).description == "127.0.0.1")
  }
}
