import ArgumentParser
import Configuration
import GitLab
import Storage

struct SetupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Shows, makes and takes back what must exist in GitLab: account, memberships, token, protections, webhooks.",
    discussion: """
      It acts with your own token, from GATEHOUSE_SETUP_TOKEN, for this run only: scope api; a Maintainer's for projects, a top-level group's
      Owner's for the service account.
      Example: gatehouse setup plan
      """,
    subcommands: [Plan.self, Apply.self, Undo.self, Forget.self, RotateToken.self])

  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what apply would do, as a diff. Changes nothing.",
      discussion: """
        = is as it must be, + is made, ~ is changed, ! cannot be, with what to do about it; below a line, - is what goes.
        Example: gatehouse setup plan --config config/gatehouse.yaml
        Exit status: 0 nothing is left to do, 1 something is.
        """)

    @OptionGroup var options: SetupOptions
    @OptionGroup var secrets: SecretOptions

    func run() async throws {
      var session = try options.session(writing: false)
      session.resendsSecrets = secrets.resendsSecrets
      let survey = try await session.survey(isForPlan: true)
      try await session.expectRecordedGitLab(survey)
      let plan = try session.plan(survey)
      for step in plan.steps { try session.report.tell(step) }
      let count = plan.steps.count { $0.mark != .nothing }
      try session.report.end(
        plan.isEmpty
          ? "GitLab \(session.instance.name) has what the gate needs" + session.reservations(of: plan)
          : "\(count) of \(plan.steps.count) lines are left to do",
        done: plan.isEmpty)
      if !plan.isEmpty { throw Failure(status: Failure.answerIsNo, message: "") }
    }
  }

  struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes what the plan says, reads it back, and records it for undo.",
      discussion: """
        A run that is cut off is gone on with by the next. The account's token and secrets that are configured as files and not there yet are
        written to these files, mode 0600; so is an admin_token that may only look. One of its own making is replaced where it ends, or reaches
        less than is configured.
        Example: gatehouse setup apply
        Exit status: 0 all is there, 1 something is left.
        """)

    @OptionGroup var options: SetupOptions
    @OptionGroup var secrets: SecretOptions

    func run() async throws {
      let path = try options.configuration.databasePath()
      let isNew = try !isThere(path)
      var session = try options.session(writing: true)
      session.resendsSecrets = secrets.resendsSecrets
      if isNew {
        // A mistake in the path would show only in undo, which then knows of nothing.
        try session.report.tell(
          .create, "database \(absolute(path))", status: "done",
          notes: ["it was not there; what apply makes is on record in it, and `gatehouse serve` and undo need the same"])
      }
      try await session.apply()
    }
  }

  struct Undo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes back what apply made, the newest first, and nothing else; the token and its file too.",
      discussion: """
        It looks at what stands now. What others put there or changed since stays, and is told: of a protection that others have extended only \
        the account goes, of a webhook only apply's events; a membership that others have raised stays, and so does the account with it. Nothing \
        goes whose end would leave deployments waiting for nobody: the account, its memberships and its tokens go last, once no protection that stands names \
        the account, forgotten or not. What was begun and cannot be settled stays on record, and the rest is taken back. What your token cannot take
        back is said before anything goes.
        - is taken back, = was gone or stays, ~ is struck from the record, ! cannot be taken back.
        THING is what undo calls it, or its place: 'protected environment production of project acme/shop', 'project acme/shop'.
        Example: gatehouse setup undo
        Example: gatehouse setup undo --forget 'project acme/shop' --because 'deleted on 20 November'
        Exit status: 0 done, 1 something is on the record still.
        """)

    @OptionGroup var options: SetupOptions

    @Option(
      name: .customLong("discard-changes"), parsing: .singleValue,
      help: ArgumentHelp("Take it away with what others have made of it since. May be given more than once.", valueName: "thing"))
    var discarded: [String] = []

    @Option(
      name: .customLong("forget"), parsing: .singleValue,
      help: ArgumentHelp(
        "Strike it from the record where GitLab does not show whether it is gone, or it stays for others' sake. A token's file stays. Needs "
          + "--because. May be given more than once.", valueName: "thing"))
    var forgotten: [String] = []

    @Option(help: "Why it is forgotten, for the audit log.")
    var because: String?

    func validate() throws {
      let reason = (because ?? "").filter { !$0.isWhitespace }
      guard forgotten.isEmpty || !reason.isEmpty else {
        throw ValidationError("--forget needs --because: say why it is struck from the record, for the audit log")
      }
      guard because == nil || !forgotten.isEmpty else {
        throw ValidationError("--because belongs to --forget: say what is to be forgotten")
      }
      guard (because ?? "").utf8.count <= 1_000 else { throw ValidationError("--because is too long: 1000 bytes are enough") }
    }

    func run() async throws {
      try options.configuration.expectDatabaseOfApply()
      var session = try options.session(writing: true)
      try await session.undo(SetupUndoWishes(discarded: discarded, forgotten: forgotten, because: because))
    }
  }

  struct RotateToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate-token",
      abstract: "Puts a new token of the account in place of the old one.",
      discussion: """
        With GATEHOUSE_SETUP_TOKEN, or an admin_token in the configuration that may, a new one is made, stored and tried before the old one is
        revoked. Without it GitLab rotates the token that there is: should its answer be lost, the new token is too, and the gate stands still
        until this is run with a person's token. With `rotate_token_before` in the configuration the server does it by itself.
        Example: gatehouse setup rotate-token
        """)

    @OptionGroup var options: SetupOptions

    func run() async throws {
      var session = try options.session(writing: true, needsPerson: false)
      try await session.rotateToken()
    }
  }
}

struct SecretOptions: ParsableArguments {
  @Flag(name: .customLong("resend-secrets"), help: "Send webhooks their secrets again. GitLab shows nobody whether they are still ours.")
  var resendsSecrets = false
}

struct SetupOptions: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOptions

  @Option(help: "The GitLab, by its name in the configuration. May be left out where there is one.")
  var instance: String?

  @Flag(help: "Print JSON.")
  var json = false

  /// - Parameter needsPerson: whether nothing can be done without a person's token.
  func session(writing: Bool, needsPerson: Bool = true) throws -> SetupSession {
    let settings = try configuration.loadForSetup()
    let instance = try chosen(of: settings.gitlab)
    try expectOwnSecrets(of: instance, among: settings.gitlab)
    let given = environmentVariable("GATEHOUSE_SETUP_TOKEN")
    let token = given ?? (needsPerson ? nil : instance.adminToken?.text)
    if token == nil, needsPerson {
      throw Failure.usage(
        "GATEHOUSE_SETUP_TOKEN is not set; make a personal access token of yours with scope api at "
          + "\(instance.url)/-/user_settings/personal_access_tokens (you have to be a Maintainer of the projects, and for the service account an "
          + "Owner of their top-level group or an administrator), and set it for this run")
    }
    if let token, !token.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) {
      throw Failure.usage(
        "GATEHOUSE_SETUP_TOKEN has a space or a line break in it, or a character that no token has; set it to the token alone")
    }
    let database = try writing ? configuration.openDatabase() : configuration.openDatabaseIfThere()
    var session = try SetupSession(
      instance: instance, configuration: settings, personToken: token, database: database, isWriting: writing,
      report: SetupReport(instance: instance.name, form: json ? .json : .text))
    session.isUnattended = given == nil
    return session
  }

  /// A person's token is of one GitLab, and goes to no other.
  private func chosen(of instances: [Configuration.GitLabInstance]) throws -> Configuration.GitLabInstance {
    let names = instances.map(\.name).joined(separator: ", ")
    guard let name = instance else {
      guard let only = instances.first else { throw Failure.usage("no GitLab is configured under `gitlab`; add one") }
      guard instances.count == 1 else {
        throw Failure.usage("several are configured (\(names)), and your token is of one of them: name it with --instance")
      }
      return only
    }
    guard let found = instances.first(where: { $0.name == name }) else {
      throw Failure.usage("no GitLab is called '\(terminalSafe(name))'; configured: \(names)")
    }
    return found
  }
}

extension SetupSession {
  func expectDatabase() throws -> Connection {
    guard let database else { throw Failure.no("there is no database to record in; run `gatehouse database migrate`") }
    return database
  }
}
