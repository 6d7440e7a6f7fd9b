import JSON
import TestSupport
import Testing

/// What the program says of itself, and to who types something else.
@Suite struct UsageTests {
  struct Line: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var environment: [String: String] = [:]
    var status: Int32
    /// What its words must say.
    var says: [String]

    var testDescription: String { "gatehouse \(arguments.joined(separator: " "))" }

    /// Wrong usage.
    static func wrong(_ line: String, _ says: String..., with environment: [String: String] = [:]) -> Line {
      Line(arguments: line.split(separator: " ").map(String.init), environment: environment, status: 2, says: says)
    }

    /// Well written, and the answer is no.
    static func no(_ line: String, _ says: String..., with environment: [String: String] = [:]) -> Line {
      Line(arguments: line.split(separator: " ").map(String.init), environment: environment, status: 1, says: says)
    }
  }

  /// A port that nobody listens on: privileged, and given to nothing that runs in a test.
  static let nobody = "http://127.0.0.1:1"
  static let client = ["GATEHOUSE_URL": nobody, "GATEHOUSE_TOKEN": "ght_0123456789"]

  static let lines: [Line] = [
    .wrong("sevre", "sevre", "gatehouse --help"),
    .wrong("--nonsense", "--nonsense", "gatehouse --help"),
    .wrong("serve --port 8080", "--port", "gatehouse serve --help"),
    .wrong("serve now", "now", "gatehouse serve --help"),
    .wrong("serve --config", "--config", "gatehouse serve --help"),
    .wrong("demo --listen here", "--listen must be HOST:PORT, such as 127.0.0.1:8080", "not 'here'"),
    .wrong("demo --listen 127.0.0.1:70000", "not '127.0.0.1:70000'"),
    .wrong("demo --listen unix:gate.sock", "HOST:PORT"),
    .wrong("setup plan --apply", "--apply", "gatehouse setup plan --help"),
    .wrong("setup make", "make", "gatehouse setup --help"),
    .wrong("setup plan --config no-such-file.yaml", "there is no such file"),
    .wrong("token make", "make", "gatehouse token --help"),
    .wrong("token create", "--user", "gatehouse token create --help"),
    .wrong("token create --user alice --role king", "king", "approver"),
    .wrong("token create --user alice --expires 10s", "--expires 10s", "1m to 366d"),
    .wrong("token create --user alice --expires soon", "--expires soon", "1m to 366d"),
    .wrong("token create --user alice --expires 400d", "--expires 400d", "1m to 366d"),
    .wrong("token revoke", "<id>", "gatehouse token revoke --help"),
    .wrong("change show", "<key>", "gatehouse change show --help", with: client),
    .wrong("change show CHG/1", "'CHG/1' is no change request", "CHG-42", with: client),
    .wrong("change show CHG-1?", "'CHG-1?' is no change request", "CHG-42", with: client),
    .wrong("change comment CHG-1", "<comment>", "gatehouse change comment --help", with: client),
    .wrong("change edit CHG-1", "there is nothing to change", "gatehouse change edit --help", with: client),
    .wrong("change edit CHG-1 --planned-start noon", "'noon' is no ISO 8601 time", with: client),
    .wrong("change transition CHG-1", "name a transition", "--list", with: client),
    .wrong("change transition CHG-1 Cancel --list", "name a transition", "--list", with: client),
    .wrong("change list --limit many", "many", "1 to 100", with: client),
    .wrong("change list", "GATEHOUSE_URL", "http://127.0.0.1:8080"),
    .wrong("change list", "GATEHOUSE_TOKEN", "gatehouse token create", with: ["GATEHOUSE_URL": nobody]),
    .wrong("change list", "GATEHOUSE_TOKEN", with: ["GATEHOUSE_URL": nobody, "GATEHOUSE_TOKEN": ""]),
    .wrong(
      "change list", "'gate.example.com' is no address of a gate", "https://",
      with: ["GATEHOUSE_URL": "gate.example.com", "GATEHOUSE_TOKEN": "t"]),
    .wrong("change list", "no-such-file.pem", with: client.merging(["GATEHOUSE_CA_FILE": "no-such-file.pem"]) { $1 }),
    .wrong("probe --url unix:", "'unix:' is no address of a gate", "unix:PATH"),
    .no("probe --url unix:/no/such/gate.sock", "nothing answers at unix:/no/such/gate.sock"),
    .no(
      "change list", "cannot reach unix:/no/such/gate.sock: no such file or directory",
      with: client.merging(["GATEHOUSE_URL": "unix:/no/such/gate.sock"]) { $1 }),
    .wrong("audit export --format xml", "xml", "csv"),
    .wrong("audit export --since yesterday", "'yesterday' is no ISO 8601 time", "2026-09-03"),
    .wrong("audit verify --head first", "'first' is no head", "SEQ:HASH"),
    .wrong("policy test", "<file>", "gatehouse policy test --help"),
    .wrong("policy simulate", "<change>", "gatehouse policy simulate --help"),
    .wrong("policy replay", "--policy", "gatehouse policy replay --help"),
    .wrong("policy replay --policy no-such-file.yaml", "there is no file no-such-file.yaml", "--policy FILE"),
    .wrong("database backup", "<target>", "gatehouse database backup --help"),
    .wrong("probe --url gate", "'gate' is no address of a gate", "https://"),
    .no("change list", "cannot reach 127.0.0.1:1", "connection refused", with: client),
    .no("change show CHG-1", "cannot reach 127.0.0.1:1", with: client),
    .no("change explain CHG-1", "cannot reach 127.0.0.1:1", with: client),
    .no("change approve CHG-1", "cannot reach 127.0.0.1:1", with: client),
    .no("change reject CHG-1", "cannot reach 127.0.0.1:1", with: client),
    .no("change withdraw CHG-1", "cannot reach 127.0.0.1:1", with: client),
    .no("change comment CHG-1 hello", "cannot reach 127.0.0.1:1", with: client),
    .no("change edit CHG-1 --risk low", "cannot reach 127.0.0.1:1", with: client),
    .no("change transition CHG-1 --list", "cannot reach 127.0.0.1:1", with: client),
    .no("protected-environment list --project 30", "cannot reach 127.0.0.1:1", with: client),
    .no("protected-environments list --project 30", "cannot reach 127.0.0.1:1", with: client),
    .no("protected-environment unprotect production --group acme", "cannot reach 127.0.0.1:1", with: client),
    .wrong("protected-environment list", "--project or --group", with: client),
    .wrong("protected-environment list --project 30 --group 3", "--project or --group", with: client),
    .wrong("protected-environment get --project 30", "<name>", "gatehouse protected-environment get --help", with: client),
    .wrong("protected-environment protect x --project 30", "--body", "gatehouse protected-environment protect --help", with: client),
    .wrong("protected-environment update x --project 30 --body 40", "--body must be a JSON object", with: client),
    .wrong("protected-environment update x --project 30 --body @no-such-file.json", "no-such-file.json", with: client),
    .no("probe --url http://127.0.0.1:1", "nothing answers at http://127.0.0.1:1", "gatehouse serve"),
  ]

  @Test("what cannot be done is refused with a sentence and the exit status of the contract", arguments: lines)
  func refused(_ line: Line) async throws {
    let run = try await Program.run(line.arguments, environment: line.environment)
    #expect(run.status == line.status, "\(run)")
    #expect(run.output == "", "\(run)")
    run.expectWords(line.says)
    // The gate is not a GitLab, and who asks it is not to mend one.
    #expect(line.environment.isEmpty || !run.errors.contains("GitLab "), "\(run)")
  }

  @Test(
    "an address with a password or a query is not repeated, and what to leave out is said",
    arguments: [
      ("https://ci:Sup3rS3cret@gate.example.com", "what stands before the @"), ("ci:Sup3rS3cret@gate", "what stands before the @"),
      ("https://gate.example.com?token=Sup3rS3cret", "what begins at the ? or the #"),
      ("https://gate.example.com/#Sup3rS3cret", "what begins at the ? or the #"),
    ])
  func secretAddress(_ url: String, _ words: String) async throws {
    let access = UsageTests.client.merging(["GATEHOUSE_URL": url]) { $1 }
    for arguments in [["change", "list"], ["protected-environment", "list", "--project", "30"], ["probe", "--url", url]] {
      let run = try await Program.run(arguments, environment: access)
      run.expectRefusal(2, saying: "address of the gate", words)
      #expect(!run.errors.contains("Sup3rS3cret") && !run.output.contains("Sup3rS3cret"), "\(run)")
    }
  }

  @Test("an empty key is no change request")
  func emptyKey() async throws {
    let run = try await Program.run(["change", "show", ""], environment: UsageTests.client)
    run.expectRefusal(2, saying: "CHG-42")
  }

  @Test(
    "a configuration that is not there is named, with where one is looked for",
    arguments: [
      ["serve"], ["token", "list"], ["token", "create", "--user", "alice"], ["token", "revoke", "tok_1"], ["audit", "verify"],
      ["audit", "export"], ["database", "migrate"], ["database", "check"], ["database", "backup", "copy.db"],
      ["policy", "test", "cases.yaml"], ["policy", "simulate", "CHG-1"],
    ])
  func noConfiguration(_ arguments: [String]) async throws {
    let folder = TemporaryFolder()
    let named = try await Program.run(arguments + ["--config", folder.file("gatehouse.yaml")], in: folder)
    named.expectRefusal(2, saying: folder.file("gatehouse.yaml"), "no such file", "--config FILE", "GATEHOUSE_CONFIG")
    let surrounding = ["GATEHOUSE_CONFIG": folder.file("other.yaml")]
    try await Program.run(arguments, environment: surrounding, in: folder).expectRefusal(2, saying: folder.file("other.yaml"))
    try await Program.shell("\"$GATEHOUSE\" \(arguments.joined(separator: " "))", in: folder)
      .expectRefusal(2, saying: "config/gatehouse.yaml: there is no such file")
    #expect(names(inFolder: folder.path).allSatisfy { $0.hasPrefix("run-") })
  }

  @Test("--version is one line")
  func version() async throws {
    let run = try await Program.run(["--version"])
    run.expectDone()
    #expect(run.output.contains(/^gatehouse [0-9]+\.[0-9]+\.[0-9]+\n$/))
  }

  @Test("every verb of the contract is there, and every verb has --help with an example of itself")
  func help() async throws {
    let verbs = try await Program.verbs()
    let promised = [
      "demo", "serve", "check", "token create", "token list", "token revoke", "change list", "change show", "change explain",
      "change approve", "change reject", "change comment", "change transition", "policy test", "policy simulate", "policy replay",
      "protected-environment list", "protected-environment get", "protected-environment protect", "protected-environment update",
      "protected-environment unprotect", "audit verify", "audit export", "database migrate",
      "database check",
      "database backup",
    ]
    for verb in promised { #expect(verbs.contains { $0.name == verb }, "there is no verb \(verb)") }
    for verb in verbs {
      let run = try await Program.run(verb.name.split(separator: " ").map(String.init) + ["--help"])
      run.expectDone()
      let text = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(text.contains("Example: gatehouse \(verb.name)"), "\(verb.name): \(run.output)")
      for option in verb.options { #expect(text.contains("--\(option)"), "\(verb.name) does not tell of --\(option)") }
    }
    let root = try await Program.run(["--help"])
    root.expectDone()
    for word in ["gatehouse demo", "gatehouse serve", "Exit status: 0 done, 1 the answer is no, 2 wrong usage"] {
      #expect(root.output.contains(word))
    }
  }
}
