import Testing

@testable import NetworkAddresses

@Suite struct AddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("192.0.2.7", "192.0.2.7"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
    ("2001:DB8:0:0::7", "2001:db8::7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::FFFF:c000:207", "192.0.2.7"),
    ("1::fffe:c000:207", "1::fffe:c000:207"),
  ])
  func isRead(_ text: String, _ shown: String) throws {
    #expect(try #require(IPAddress(text)).description == shown)
  }

  @Test(arguments: [
    "", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.4\0", "1.2.3.4:80", "[::1]", "::1%lo", ":::", "g::",
    "localhost",
    "::ffff:1.2.3.4.5", String(repeating: "0:", count: 40),
  ])
  func isNoAddress(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"), ("::1", "::"),
    ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::"),
  ])
  func whatAClientIsCountedBy(_ text: String, _ network: String) throws {
    #expect(try #require(IPAddress(text)).network.description == network)
  }

  @Test(arguments: [
    ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255", "11.0.0.0", "::a00:1"]),
    ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]), ("192.0.2.6/31", ["192.0.2.6", "192.0.2.7"], ["192.0.2.5", "192.0.2.8"]),
    ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "::1"]), ("::/0", ["::", "2001:db8::1"], ["0.0.0.0", "127.0.0.1"]),
    ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::", "2001:db9::"]), ("::1", ["::1"], ["::2", "::", "0.0.0.1"]),
    ("::ffff:10.0.0.0/104", ["10.9.9.9"], ["11.0.0.0"]),
  ])
  func blockHasItsAddresses(_ text: String, _ inside: [String], _ outside: [String]) throws {
    let block = try AddressBlock(text)
    for address in inside { #expect(block.contains(try #require(IPAddress(address))), "\(address)") }
    for address in outside { #expect(!block.contains(try #require(IPAddress(address))), "\(address)") }
  }

  @Test(arguments: [("10.0.0.0/8", "10.0.0.0/8"), ("::1", "::1/128"), ("1.2.3.4", "1.2.3.4/32"), ("2001:DB8::/32", "2001:db8::/32")])
  func blockIsShown(_ text: String, _ shown: String) throws {
    #expect(try AddressBlock(text).description == shown)
  }

  @Test func everythingIsKnown() throws {
    for text in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"] { #expect(try AddressBlock(text).isEverything, "\(text)") }
    for text in ["0.0.0.0/1", "::/1", "0.0.0.0", "::"] { #expect(try !AddressBlock(text).isEverything, "\(text)") }
  }

  @Test(arguments: [
    "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/255.0.0.0", "::/129",
    "10.0.0/8", "10.*", "localhost", "[::1]", "::1/0128",
  ])
  func isNoBlock(_ text: String) {
    #expect(throws: AddressBlock.Fault.form) { try AddressBlock(text) }
  }

  @Test(arguments: [("10.0.0.1/8", "10.0.0.0/8"), ("2001:db8::1/32", "2001:db8::/32"), ("1.2.3.4/0", "0.0.0.0/0")])
  func strayBitsAreNamed(_ text: String, _ meant: String) throws {
    let block = try AddressBlock(meant)
    #expect(throws: AddressBlock.Fault.strayBits(block)) { try AddressBlock(text) }
  }
}
