import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// `docs/first-deployment.md` is true: every command of it is run, on each way through it, and prints what the page shows.
@Suite struct FirstDeploymentTests {
  static let path = "docs/first-deployment.md"
  static let ways = ["setup gitlab.com", "setup self-managed", "by-hand gitlab.com", "by-hand self-managed"]

  /// On GitLab.com an Owner of the group does it, on one's own GitLab an administrator.
  private func settings(_ way: String) -> HouseSettings {
    var settings = House.bare { world in
      if way.hasSuffix("gitlab.com") { world.instance.isGitLabCom = true } else { world.tokens[601].userID = 1 }
    }
    settings.hookEvents = []
    return settings
  }

  @Test("from nothing to the first held deployment", arguments: ways) func page(_ way: String) async throws {
    try await House.with(settings(way), serving: false) { house in
      let authority = house.folder.file("authority.pem")
      write("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n", toFile: authority)
      // All of 127.0.0.0/8 is this machine: an address that no other test has.
      let listen = "127.\((1...3).map { _ in String(Int.random(in: 1...254)) }.joined(separator: ".")):8080"
      let values = [
        "GITLAB": house.gitLabURL, "PROJECT": "acme/payments/checkout", "GATE": "http://\(listen)", "LISTEN": listen, "APPROVER": "alice",
        "GATEHOUSE_SETUP_TOKEN": House.setupToken, "AUTHORITY": authority,
      ]
      let steps = CommandPage(Clone.file(Self.path)).steps(way)
      #expect(steps.count > 9)
      try await run(steps, values, in: house)
      for (number, step) in steps.enumerated() {
        var printed = text(ofFile: house.folder.file("\(number).printed"))
        for (mine, shown) in [
          ("http://\(listen)", "https://gatehouse.example.com"), (house.gitLabURL, "https://gitlab.example.com"),
          (listen, "127.0.0.1:8080"),
        ] { printed = printed.replacing(mine, with: shown) }
        let place = "\(Self.path):\(step.line), \(way)"
        #expect(text(ofFile: house.folder.file("\(number).told")) == "", "\(place)")
        // What is left to do is no error, and no 0.
        let status = step.commands.hasPrefix("gatehouse setup plan") ? "1\n" : "0\n"
        #expect(text(ofFile: house.folder.file("\(number).status")) == status, "\(place)\n\(printed)")
        if let shown = step.output { #expect(CommandPage.shows(shown, printed), "\(place)\n\(shown)\nprinted:\n\(printed)") }
      }
      #expect(house.gitlab.with { $0.effects.entries.count } == 2, "approved, and played")
      #expect(house.gitlab.with { $0.hooks.all.count } == 1)
      expectNoSecrets(house)
    }
  }

  /// The sentences of the tables "it says, do": what is cited there is what is said.
  static let sentences = CommandPage.cited(Clone.file(path))

  @Test("each sentence that the page says what to do about is said") func troubles() async throws {
    #expect(Self.sentences.count >= 12)
    // Curl's own, of a certificate that it does not take.
    var unsaid = Set(Self.sentences).subtracting(["SSL certificate problem: …"])
    // What setup says, another suite has it say.
    for sentence in SetupRefusalTests.cases.flatMap(\.says) { unsaid = unsaid.filter { !CommandPage.cites($0, in: sentence) } }
    unsaid = unsaid.subtracting(try await saidByGitLab(unsaid)).subtracting(try await saidByTheGate(unsaid))
    #expect(unsaid.isEmpty, "nothing says \(unsaid)")
  }

  private func saidByGitLab(_ sentences: Set<String>) async throws -> Set<String> {
    let settings = House.bare { $0.tokens.insert(.init(id: 602, userID: 12, secret: "glpat-danas", name: "d", createdAt: $0.now)) }
    var said: Set<String> = []
    try await House.with(settings, serving: false) { house in
      for (token, isLicensed, more) in [("nobodys", true, ""), ("danas", true, "--data name=production"), ("danas", false, "")] {
        house.gitlab.with { $0.instance.isLicensed = isLicensed }
        let line =
          "curl --silent --header 'PRIVATE-TOKEN: glpat-\(token)' \(more) '\(house.gitLabURL)/api/v4/projects/30/protected_environments'"
        let run = try await Program.shell(line, in: house.folder)
        said.formUnion(sentences.filter { CommandPage.cites($0, in: run.output) })
      }
    }
    return said
  }

  private func saidByTheGate(_ sentences: Set<String>) async throws -> Set<String> {
    var settings = HouseSettings()
    settings.managers.append("dana")
    var said: Set<String> = []
    try await House.with(settings) { house in
      let key = try await house.opened(house.deploy())
      let own = try await house.command(["change", "approve", key], as: "dana")
      house.crash()
      _ = try await house.ending()
      let dead = try await house.command(["change", "list"], as: "alice")
      said = sentences.filter { CommandPage.cites($0, in: own.errors + dead.errors) }
    }
    return said
  }

  /// One shell for all of it, as one person has.
  private func run(_ steps: [CommandPage.Step], _ values: [String: String], in house: House) async throws {
    var script = "trap 'kill $SERVER 2> /dev/null' EXIT\nSTEPS='\(house.folder.path)'\nmkdir \"$STEPS/home\"\ncd \"$STEPS/home\"\n"
    for (number, step) in steps.enumerated() {
      script += "{\n\(assigning(values, in: step.commands))} > \"$STEPS/\(number).printed\" 2> \"$STEPS/\(number).told\"\n"
      script += "echo $? > \"$STEPS/\(number).status\"\n"
    }
    let file = house.folder.file("page.sh")
    write(script, toFile: file)
    let folder = String(Program.path.prefix(upTo: Program.path.lastIndex(of: "/") ?? Program.path.startIndex))
    let child = try Child(
      "/bin/sh", [file], environment: ["PATH": "\(folder):/usr/bin:/bin", "HOME": house.folder.path], in: house.folder, named: "page")
    _ = try await eventually("the page to end", within: .seconds(120)) { () -> Sighting<Ending> in
      if let ending = child.ending { return .found(ending) }
      let names = names(inFolder: house.folder.path)
      let done = steps.indices.filter { names.contains("\($0).printed") }
      let said = done.map { number in
        "\(Self.path):\(steps[number].line):\n" + text(ofFile: house.folder.file("\(number).printed"))
          + text(ofFile: house.folder.file("\(number).told"))
      }
      return .notYet(said.joined() + text(ofFile: house.folder.file("home/gatehouse/serve.log")))
    }
  }

  /// The page's values are somebody else's: each line that sets one of them sets ours.
  private func assigning(_ values: [String: String], in commands: String) -> String {
    commands.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let name = line.replacing("export ", with: "").prefix { $0 != "=" }
      guard let value = values[String(name)] else { return String(line) }
      return (line.hasPrefix("export ") ? "export " : "") + "\(name)='\(value)'"
    }.joined(separator: "\n")
  }

  private func expectNoSecrets(_ house: House) {
    for secret in [House.setupToken] + house.accountTokens {
      for name in names(inFolder: house.folder.path) where name.hasSuffix(".printed") || name.hasSuffix(".told") {
        #expect(!text(ofFile: house.folder.file(name)).contains(secret), "\(name)")
      }
      for name in ["gatehouse.yaml", "gatehouse.db", "serve.log", "serve.out"] {
        let isThere = bytes(ofFile: house.folder.file("home/gatehouse/\(name)")).contain(secret)
        #expect(!isThere, "\(name)")
      }
    }
    for name in ["gitlab-token", "webhook-token"] { #expect(mode(of: house.folder.file("home/gatehouse/secrets/\(name)")) == 0o600) }
  }
}
