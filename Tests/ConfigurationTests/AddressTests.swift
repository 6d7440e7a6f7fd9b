import NetworkAddresses
import Testing

@testable import Configuration

/// Addresses to listen on, URLs, project patterns and environment patterns.
@Suite struct AddressTests {
  @Test(arguments: [
    "8080", ":8080", "127.0.0.1", "\"127.0.0.1:\"", "127.0.0.1:65536", "127.0.0.1:080808", "127.0.0.1:-1", "127.0.0.1:http", "127.0.0:80",
    "256.0.0.1:80", "::1:8080", "\"[::1]\"", "\"[]:80\"", "\"[1.2.3.4]:80\"", "\"[::g]:80\"", "\"[fe80::1%]:80\"", "http://localhost:80",
    "\"*:80\"", "a b:80", "hôte:80", "...:80", "/run/gatehouse.sock",
  ]) func isNothingToListenOn(_ text: String) {
    #expect(
      problems(completed("server:\n  listen: \(text)")) == [
        "g.yaml:2:11: `listen` must be HOST:PORT, such as 127.0.0.1:8080, \"[::1]:8080\", or 0.0.0.0:8080 for every address of the machine, or unix:PATH, not `\(text)`"
      ])
  }

  @Test(arguments: [
    "127.0.0.1:0", "0.0.0.0:65535", "\"[::1]:8080\"", "\"[::]:80\"", "\"[fe80::1%eth0]:80\"", "localhost:1", "my_host.example:80",
    "unix:/run/gatehouse/gatehouse.sock", "unix:gate.sock",
  ])
  func isSomethingToListenOn(_ text: String) throws {
    let configuration = try Configuration.parse(
      completed("server: {listen: \(text), public_url: https://gate.test}"), file: "g.yaml", environment: exampleEnvironment)
    #expect(try configuration.server == .init(listen: [ListenAddress(text.filter { $0 != "\"" })], publicURL: "https://gate.test"))
  }

  @Test(arguments: [
    ("gitlab.example.com", absolute), ("ftp://gitlab.example.com", absolute), ("https://", absolute), ("https:///a", absolute),
    ("//gitlab.example.com", absolute), ("https:gitlab.example.com", absolute),
    ("https://user:hunter2@gitlab.example.com", "must not carry a user name or a password; leave out what stands before the @"),
    ("https://gitlab.example.com/?private_token=hunter2", query), ("https://gitlab.example.com/#top", query),
    ("https://gitlab.example.com/a b", characters), ("https://gitläb.example.com", characters),
    ("https://gitlab.example.com/{a}", characters),
    ("https://gitlab.example.com:", port), ("https://gitlab.example.com:0", port), ("https://gitlab.example.com:65536", port),
    ("https://gitlab.example.com:https", port), ("https://[::1]:x", port), ("https://:443", host), ("https://1.2.3", host),
    ("https://1.2.3.256", host), ("https://[1.2.3.4]", host), ("https://[::1", host), ("https://a,b", host),
    ("https://gitlab.example.com/a//b", path), ("https://gitlab.example.com/../a", path), ("https://gitlab.example.com/./a", path),
  ]) func isNoURL(_ text: String, _ said: String) {
    let found = problems(completed("server: {public_url: \"\(text)\"}"))
    #expect(found == ["g.yaml:1:22: `public_url` \(said)"])
    #expect(!found.joined().contains("hunter2"))
  }

  @Test(arguments: [
    ("https://gitlab.example.com", "https://gitlab.example.com"), ("HTTPS://gitlab.example.com/", "https://gitlab.example.com"),
    ("https://gitlab.example.com/gitlab//", "https://gitlab.example.com/gitlab"), ("http://localhost:8080", "http://localhost:8080"),
    ("http://[::1]:1", "http://[::1]:1"), ("https://10.0.0.1:65535/a/b", "https://10.0.0.1:65535/a/b"),
    ("https://gitlab.example.com.", "https://gitlab.example.com."),
  ]) func isURL(_ text: String, _ read: String) throws {
    let configuration = try Configuration.parse(
      completed("gitlab: [{name: main, url: \"\(text)\", token: \(token), webhook_token: \(token)}]"), file: "g.yaml",
      environment: exampleEnvironment)
    #expect(configuration.gitlab.map(\.url) == [read])
    #expect(configuration.warnings.isEmpty)
  }

  @Test(arguments: ["https://gitlab.example.com/api/v4", "https://gitlab.example.com/api/v4/"]) func isTheAddressOfTheAPI(_ text: String) {
    #expect(
      problems(completed("gitlab: [{name: main, url: \(text), token: \(token), webhook_token: \(token)}]")) == [
        "g.yaml:1:28: `url` ends in /api/v4, which is added here; leave it out"
      ])
  }

  @Test(arguments: [
    "shop", "\"*\"", "/acme/shop", "acme/shop/", "acme//shop", "acme/../shop", "https://gitlab.example.com/acme/shop", "acme/sh?p",
    "acme/shöp", "acme shop/x",
  ]) func isNoProjectPattern(_ text: String) {
    #expect(
      problems(completed("services: [{id: a, projects: [\(text)], gate: {tiers: [other]}, policy: one-person}]")) == [
        "g.yaml:1:31: `projects`: `\(text.filter { $0 != "\"" })` matches no project; write a whole path such as acme/payments/*, with * for one segment and ** for many"
      ])
  }

  @Test(arguments: ["0", "-1", "\"30\"", "9223372036854775808", "+0"]) func isNoProjectId(_ text: String) {
    #expect(
      problems(completed("services: [{id: a, projects: [\(text)], gate: {tiers: [other]}, policy: one-person}]")) == [
        "g.yaml:1:31: `projects`: `\(text)` is no project's id; write a whole number from 1 to 9223372036854775807, without quotes"
      ])
  }

  @Test(arguments: ["/prod", "prod/", "\" prod\"", "\"prod \"", "prod:eu", "próduction", "prod?", "\"[prod]\""])
  func isNoEnvironmentPattern(_ text: String) {
    #expect(
      problems(completed("services: [{id: a, projects: [1], gate: {environments: [\(text)]}, policy: one-person}]")) == [
        "g.yaml:1:57: `environments`: `\(text.filter { $0 != "\"" })` matches no environment; write letters, digits, spaces and - _ / $ { } . with * for one segment and ** for many, no slash or space at an end"
      ])
  }

  private static let absolute = "must be an absolute http:// or https:// address, such as https://gitlab.example.com"
  private static let query = "must not have a query or a fragment; leave out what begins at the ? or the #"
  private static let characters = "has a character that no address has (a space, say, or a letter that is not ASCII); take it out"
  private static let port = "has a port that is none; write a number from 1 to 65535, or leave it out with its colon"
  private static let host = "has a host that is none; write a name, an IPv4 address, or an IPv6 address in brackets"
  private static let path = "has a path with an empty, . or .. segment; leave it out"
}
