import ChangeControl
import TestSupport
import Testing

@testable import Configuration

/// The example files: what newcomers copy, and the only place where every key is explained.
@Suite struct ExampleTests {
  @Test(arguments: ["config/gatehouse.yaml", "config/gatehouse.minimal.yaml", "config/gatehouse.demo.yaml"]) func loadsWithoutAWarning(
    _ name: String
  ) throws {
    let configuration = try Configuration.load(path: clonePath(name), environment: exampleEnvironment)
    #expect(configuration.warnings.isEmpty)
    #expect(configuration.gitlab.first?.token.reveal() == "example-token")
    #expect(configuration.gitlab.first?.webhookToken?.reveal() == "example-webhook-token")
  }

  @Test func showsEveryKeyAndNoOther() throws {
    var shown: [String: Set<String>] = [:]
    try collect(#require(YAMLDocument(Array(wholeExample().utf8)).root), "file", into: &shown)
    for (place, vocabulary) in vocabularies { #expect(shown[place] == Set(vocabulary.known), "\(place)") }
    #expect(Set(shown.keys) == Set(vocabularies.keys))
  }

  /// The keys that stand behind a # there (they need files of their own) are right too.
  @Test func isRightWithTheKeysThatAreLeftOut() throws {
    let folder = TemporaryFolder()
    let signingToken = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
    makeFile(folder.file("token"), Array(signingToken.utf8))
    makeFile(folder.file("admin-token"), Array("example-admin-token".utf8))
    makeFile(folder.file("authority"), Array("-----BEGIN CERTIFICATE-----".utf8))
    makeFile(
      folder.file("holidays"),
      Array("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".utf8))
    let text = try wholeExample().replacing("secrets/webhook-signing-token", with: folder.file("token")).replacing(
      "secrets/gitlab-authority.pem", with: folder.file("authority")
    ).replacing("config/holidays.ics", with: folder.file("holidays")).replacing(
      "secrets/gitlab-admin-token", with: folder.file("admin-token")
    )
    // Only a token in a file can be rotated.
    .replacing("{env: GATEHOUSE_GITLAB_TOKEN}", with: "{file: \(folder.file("admin-token"))}")
    let configuration = try Configuration.parse(text, file: "g.yaml", environment: exampleEnvironment)
    #expect(configuration.warnings.isEmpty)
    #expect(configuration.gitlab.map { $0.signingToken?.reveal() } == [signingToken])
    #expect(configuration.gitlab.map { $0.adminToken?.reveal() } == ["example-admin-token"])
    #expect(configuration.gitlab.map(\.setup.rotateTokenBefore) == [.seconds(30 * 86_400)])
    #expect(configuration.gitlab.map(\.certificateAuthorityFile) == [folder.file("authority")])
  }

  @Test func explainsEveryKey() throws {
    let lines = try wholeExample().split(separator: "\n", omittingEmptySubsequences: false)
    for key in Set(vocabularies.values.flatMap(\.known)) {
      let explained = lines.indices.contains { index in
        guard lines[index].contains("\(key):") else { return false }
        return lines[index].contains(" # ") || (index > 0 && lines[index - 1].hasPrefix("#"))
      }
      #expect(explained, "\(key)")
    }
  }

  /// `Default: X` is true: a key that says what it would be anyway may be left out.
  @Test func tellsTheDefaults() throws {
    let lines = try example().split(separator: "\n", omittingEmptySubsequences: false)
    let whole = try parse(lines)
    var left = 0
    for index in lines.indices {
      guard let said = lines[index].split(separator: "Default: ").dropFirst().first, let value = said.split(separator: " ").first,
        lines[index].split(separator: "#").first?.contains(": \(value)") == true
      else { continue }
      left += 1
      var fewer = lines
      fewer.remove(at: index)
      let rest = try parse(fewer)
      #expect(rest.server == whole.server && rest.database == whole.database && rest.log == whole.log, "\(lines[index])")
      #expect(rest.plan == whole.plan, "\(lines[index])")
    }
    #expect(left >= 10)
  }

  /// What the contract promises is known, or refused by its name: never "unknown".
  @Test(arguments: contract) func knowsTheContract(_ place: String, _ keys: String) throws {
    let vocabulary = try #require(vocabularies[place])
    for key in keys.split(separator: " ") {
      #expect(vocabulary.known.contains(String(key)) || vocabulary.later.contains(String(key)), "\(place): \(key)")
    }
  }

  static let contract = [
    ("file", "server database gitlab services groups policies workflows"), ("server", "listen public_url trusted_proxies forwarded_field"),
    ("database", "path"),
    ("gitlab", "name url token webhook_token signing_token admin_token reconcile_every after_approval give_up_after"),
    ("services", "id name instance projects gate workflow change_type policy"), ("gate", "tiers environments"),
    (
      "policies",
      "approval_rules prevent_self_approval prevent_author_approval comment_required expires_after supersede_older without_rejection freeze_windows auto_approve break_glass"
    ), ("approval_rules", "user group gitlab_group access_level group_inheritance_type required_approvals"),
    ("workflows", "statuses transitions"), ("statuses", "name category gate"), ("transitions", "from name to by on"),
  ]

  private func example() throws -> String {
    String(decoding: try readFile(clonePath("config/gatehouse.yaml"), limit: 1 << 20), as: UTF8.self)
  }

  /// The example with the keys too that stand behind a #.
  private func wholeExample() throws -> String {
    let lines = try example().split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { line in
      let indent = line.prefix { $0 == " " }
      return indent.count >= 4 && line.dropFirst(indent.count).hasPrefix("# ") ? indent + line.dropFirst(indent.count + 2) : line
    }.joined(separator: "\n")
  }

  private func parse(_ lines: [Substring]) throws -> Configuration {
    try Configuration.parse(lines.joined(separator: "\n"), file: "g.yaml", environment: exampleEnvironment)
  }

  private func collect(_ node: YAMLNode, _ place: String, into shown: inout [String: Set<String>]) {
    switch node.content {
    case .scalar: break
    case .sequence(let items): for item in items { collect(item, place, into: &shown) }
    case .mapping(let entries):
      shown[place, default: []].formUnion(entries.map(\.key))
      for entry in entries {
        if place == "file", ["policies", "groups", "people", "workflows"].contains(entry.key),
          case .mapping(let named) = entry.value.content
        {
          for one in named { collect(one.value, entry.key, into: &shown) }
        } else if vocabularies[entry.key] != nil {
          collect(entry.value, entry.key, into: &shown)
        }
      }
    }
  }
}

private let vocabularies: [String: Vocabulary] = [
  "file": .file, "server": .server, "limits": .limits, "database": .database, "log": .log, "gitlab": .gitlab, "services": .service,
  "gate": .gate, "setup": .setup, "account": .setupAccount, "deployers": .deployer,
  "groups": .group, "people": .person,
  "policies": .policy, "approval_rules": .approvalRule, "without_rejection": .withoutRejection, "break_glass": .breakGlass,
  "freeze_override": .freezeOverride, "freeze_windows": .freezeWindow, "auto_approve": .automaticRule,
  "workflows": .workflow, "statuses": .status, "transitions": .transition,
]
