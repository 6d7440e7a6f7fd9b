import Glibc
import Testing

@testable import Configuration

let exampleEnvironment = ["GATEHOUSE_GITLAB_TOKEN": "example-token", "GATEHOUSE_WEBHOOK_TOKEN": "example-webhook-token"]

/// A file of this clone.
func clonePath(_ name: String, from source: String = #filePath) -> String {
  let folders = source.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
  return (folders + [Substring(name)]).joined(separator: "/")
}

/// The problems of a text, each as it is printed; empty where it is fine.
func problems(_ text: String, environment: [String: String] = exampleEnvironment) -> [String] {
  do throws(ConfigurationError) {
    _ = try Configuration.parse(text, file: "g.yaml", environment: environment)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

/// The same of a file.
func problems(at path: String) -> [String] {
  do throws(ConfigurationError) {
    _ = try Configuration.load(path: path, environment: exampleEnvironment)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

func warnings(_ text: String) throws -> [String] {
  try Configuration.parse(text, file: "g.yaml", environment: exampleEnvironment).warnings
}

/// A part of a configuration, and what is said of it.
struct Case: Sendable, CustomTestStringConvertible {
  var part: String
  var said: [String]

  /// - Parameter said: each line as it is printed, without the file's name.
  init(_ part: String, _ said: String...) {
    self.part = part
    self.said = said.map { "g.yaml:\($0)" }
  }

  var testDescription: String { String(part.prefix(100)) }

  var text: String { completed(part) }
}

/// A part, and behind it what else a configuration needs: so the part's lines count from 1.
func completed(_ part: String) -> String {
  let lines = part.split(separator: "\n")
  let rest = sections.filter { section in !lines.contains { $0.hasPrefix(section.key) } }
  return ([part] + rest.map(\.text)).joined(separator: "\n")
}

private let sections = [
  (key: "gitlab:", text: "gitlab: [{name: main, url: https://gitlab.example.com, token: \(token), webhook_token: \(token)}]"),
  (key: "services:", text: "services: [{id: checkout, projects: [acme/shop], gate: {tiers: [production]}, policy: one-person}]"),
  (key: "groups:", text: "groups: {release-managers: [alice, bob, carol]}"),
  (key: "policies:", text: "policies: {one-person: {approval_rules: [{group: release-managers}]}}"),
]

/// Where a test's entries have their secret from.
let token = "{env: GATEHOUSE_GITLAB_TOKEN}"

/// Makes a file with exactly this mode, whatever the process's mask is.
func makeFile(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o600) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  defer { close(descriptor) }
  #expect(bytes.isEmpty || write(descriptor, bytes, bytes.count) == bytes.count)
  #expect(fchmod(descriptor, mode) == 0)
}
