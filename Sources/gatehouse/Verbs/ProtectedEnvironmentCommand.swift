import ArgumentParser
import Configuration
import HTTPMessages
import HTTPTypes
import JSON

struct ProtectedEnvironmentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "protected-environment",
    abstract: "Reads and changes GitLab's protected environments through the gate, which checks, compares and records it.",
    discussion: """
      Set GATEHOUSE_URL to the gate's address and GATEHOUSE_TOKEN to your token: an auditor's reads, an admin's changes.
      Example: gatehouse protected-environment list --project acme/payments/checkout
      """,
    subcommands: [List.self, Get.self, Protect.self, Update.self, Unprotect.self],
    // As GitLab's API has it.
    aliases: ["protected-environments"])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the protected environments of a project, or the protected tiers of a group.",
      discussion: "Example: gatehouse protected-environment list --project acme/payments/checkout")

    @OptionGroup var place: PlaceOptions
    @Flag(help: "Print GitLab's JSON.") var json = false

    func run() async throws {
      var environments: [JSONValue] = []
      var page: String? = "1"
      while let number = page {
        let response = try await APIClient().exchange(.get, try place.path(query: "?per_page=100&page=\(percentEncoded(number))"))
        environments += (try? JSONValue.parse(response.body))?.array ?? []
        let next = response.value(of: "X-Next-Page") ?? ""
        page = next.isEmpty || next == number ? nil : next
      }
      if json { return try printAnswer(JSONValue.array(environments).text) }
      guard !environments.isEmpty else { return try printAnswer("nothing is protected there") }
      try printAnswer(environments.map(describe(environment:)).joined(separator: "\n"))
    }
  }

  struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows one protected environment: who may deploy, and who has to approve.",
      discussion: "Example: gatehouse protected-environment get production --project acme/payments/checkout")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var environment: EnvironmentArgument
    @Flag(help: "Print GitLab's JSON.") var json = false

    func run() async throws {
      try show(try await place.ask(.get, about: environment.name), asJSON: json)
    }
  }

  struct Protect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Protects an environment, as an admin.",
      discussion: """
        Whom GitLab would leave out without a word is refused, with the reason, before anything is sent.
        Example: gatehouse protected-environment protect production --project acme/payments/checkout --body \
        '{"deploy_access_levels": [{"access_level": 40}], "approval_rules": [{"user_id": 97}]}'
        """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var environment: EnvironmentArgument
    @OptionGroup var content: BodyOption
    @Flag(help: "Print GitLab's JSON.") var json = false

    func run() async throws {
      var body = try content.object()
      if let name = body["name"], name.string != environment.name {
        throw Failure.usage("the body names another environment than '\(terminalSafe(environment.name))'; leave name out of it")
      }
      body["name"] = .string(environment.name)
      try show(try await APIClient().exchange(.post, try place.path(), body: .object(body)), asJSON: json)
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Changes a protected environment, as an admin: elements with an id change or, with _destroy, go; others are added.",
      discussion: """
        Example: gatehouse protected-environment update production --project acme/payments/checkout --body \
        '{"approval_rules": [{"id": 38, "group_id": 134, "required_approvals": 2}]}'
        """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var environment: EnvironmentArgument
    @OptionGroup var content: BodyOption
    @Flag(help: "Print GitLab's JSON.") var json = false

    func run() async throws {
      let body = JSONValue.object(try content.object())
      try show(try await place.ask(.put, about: environment.name, body: body), asJSON: json)
    }
  }

  struct Unprotect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Unprotects an environment, as an admin: from then on nothing holds deployments to it.",
      discussion: "Example: gatehouse protected-environment unprotect staging --project acme/payments/checkout")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var environment: EnvironmentArgument
    @Flag(help: "Print {} when it is done.") var json = false

    func run() async throws {
      let response = try await place.ask(.delete, about: environment.name)
      warn(response)
      try printAnswer(json ? "{}" : "\(terminalSafe(environment.name)) is not protected any more")
    }
  }
}

struct PlaceOptions: ParsableArguments {
  @Option(help: "A project under change control: its number or full path.") var project: String?
  @Option(help: "A group above such a project: its number or full path. What it protects are tiers, such as production.") var group: String?
  @Option(help: "The GitLab's name in the gate's configuration, where there are several.") var instance: String?

  func path(_ name: String? = nil, query: String = "") throws -> String {
    let (collection, reference): (String, String)
    switch (project, group) {
    case (let project?, nil): (collection, reference) = ("projects", project)
    case (nil, let group?): (collection, reference) = ("groups", group)
    default:
      throw Failure.usage("say where: --project or --group, one of them, with a number or a full path such as acme/payments/checkout")
    }
    guard !reference.isEmpty, instance != "", name != "" else { throw Failure.usage("an empty name is nobody's; give it a value") }
    let prefix = instance.map { "/gitlab/\(percentEncoded($0))" } ?? ""
    return "\(prefix)/api/v4/\(collection)/\(percentEncoded(reference))/protected_environments"
      + (name.map { "/\(percentEncoded($0))" } ?? "") + query
  }
}

extension PlaceOptions {
  /// GitLab says of an environment that is not protected no more than 404, and so does the gate, in its shape: people are told what is not there.
  fileprivate func ask(_ method: HTTPRequest.Method, about name: String, body: JSONValue? = nil) async throws -> Response {
    do {
      return try await APIClient().exchange(method, try path(name), body: body)
    } catch let failure as Failure where failure.message == "404 Not found" {
      let place = project.map { "--project \($0)" } ?? group.map { "--group \($0)" } ?? ""
      let kind = project == nil ? "tier" : "environment"
      throw Failure.no(
        terminalSafe(
          "\(failure.message) - no \(kind) '\(name)' is protected there: `gatehouse protected-environment list \(place)"
            + "\(instance.map { " --instance \($0)" } ?? "")` lists what is"))
    }
  }
}

struct EnvironmentArgument: ParsableArguments {
  @Argument(help: "The environment's name; in a group a tier.") var name: String
}

struct BodyOption: ParsableArguments {
  @Option(help: "What GitLab's API takes, as JSON, or @FILE of a file that has it.") var body: String

  /// More than any request of the gate takes: it says so itself.
  private static let limit = 1 << 20

  func object() throws -> JSONObject {
    var text = Array(body.utf8)
    if body.hasPrefix("@") {
      let path = String(body.dropFirst())
      do throws(FileFault) {
        text = try readFile(path, limit: BodyOption.limit)
      } catch {
        throw Failure.usage("--body: the file '\(terminalSafe(path))': \(error)")
      }
    }
    do throws(JSONError) {
      if let object = try JSONValue.parse(text).object { return object }
    } catch {
      throw Failure.usage("--body is not JSON: \(error); write an object, such as '{\"deploy_access_levels\": [{\"access_level\": 40}]}'")
    }
    throw Failure.usage("--body must be a JSON object, such as '{\"deploy_access_levels\": [{\"access_level\": 40}]}'")
  }
}

/// What the gate has to say of an answer beside it.
private func warn(_ response: Response) {
  for text in response.values(of: "Warning") {
    let quoted = text.drop { $0 != "\"" }.dropFirst().dropLast()
    printError("warning: \(terminalSafe(String(quoted.replacing("\\\"", with: "\"").replacing("\\\\", with: "\\"))))")
  }
}

private func show(_ response: Response, asJSON: Bool) throws {
  let environment = (try? JSONValue.parse(response.body)) ?? .null
  warn(response)
  try printAnswer(asJSON ? environment.text : describe(environment: environment))
}

private func describe(environment: JSONValue) -> String {
  func rows(_ list: String, _ title: String) -> [String] {
    (environment[list]?.array ?? []).map { row in
      let who = ["user_id", "group_id", "access_level"].lazy.compactMap { name in row[name]?.integer.map { "\(name) \($0)" } }.first ?? "?"
      var line = "  \(title)  \(terminalSafe(row["access_level_description"]?.string ?? "?")) (\(who))"
      if let count = row["required_approvals"]?.integer { line += ", \(count) approval\(count == 1 ? "" : "s")" }
      if row["group_inheritance_type"]?.integer == 1 { line += ", inherited members too" }
      return line + ", id \(row["id"]?.integer ?? 0)"
    }
  }
  let deployers = rows("deploy_access_levels", "may deploy  ")
  let approvers = rows("approval_rules", "must approve")
  return
    ([terminalSafe(environment["name"]?.string ?? "?")] + (deployers.isEmpty ? ["  may deploy    nobody"] : deployers)
    + (approvers.isEmpty ? ["  must approve  nobody"] : approvers)).joined(separator: "\n")
}

extension Response {
  fileprivate func values(of name: String) -> [String] { HTTPField.Name(name).map { head.headerFields.values(of: $0) } ?? [] }

  fileprivate func value(of name: String) -> String? { values(of: name).first }
}
