import Calendar
import ChangeControl
import Configuration
import Cryptography
import GitLab
import HTTPClient
import HTTPMessages
import Storage

/// Setting one GitLab up, with a person's token for this run.
struct SetupSession {
  let instance: Configuration.GitLabInstance
  let configuration: Configuration
  let address: GitLabAddress
  let client: HTTPClient
  /// The person's token; nil where a verb can do without.
  let personToken: String?
  /// Nil for `plan` on a machine where no database is yet.
  let database: Connection?
  let report: SetupReport
  /// Whether `personToken` is the configured administrator's and not somebody's of this run: where that one may not, the token rotates itself.
  var isUnattended = false
  /// Whether a server asks, which has a log and tries again by itself, and nobody at a terminal.
  var isServers = false
  /// Whether somebody asks that webhooks get their secrets again, whatever is known of them.
  var resendsSecrets = false
  /// How often it is tried to write down a token that is nowhere else.
  var writings = 600
  /// What a rotation has left to be told: for a server, which has a log and no report.
  var left: [String] = []
  private(set) var recordedElsewhere: [RecordedGitLab] = []
  /// None for what only looks.
  private let locks: [SetupLock]
  /// The configured secrets, and those that were made meanwhile.
  var token: String?
  var webhookToken: String?
  var signingToken: String?
  var adminToken: String?

  init(
    instance: Configuration.GitLabInstance, configuration: Configuration, personToken: String?, database: Connection?, isWriting: Bool,
    report: SetupReport
  ) throws {
    self.instance = instance
    self.configuration = configuration
    self.personToken = personToken
    self.database = database
    self.report = report
    let file = instance.token.file
    locks =
      isWriting
      ? [try SetupLock(databasePath: configuration.database.path), try file.flatMap { try SetupLock(beside: $0) }].compactMap(\.self) : []
    do {
      address = try GitLabAddress(instance.url)
      client = try HTTPClient(certificateAuthorityFile: instance.certificateAuthorityFile)
    } catch {
      throw Failure.usage("\(error); correct url and ca_file of GitLab \(instance.name)")
    }
    token = instance.token.text
    // Under the lock: another gate with the same file may have been faster.
    if isWriting, let file, let written = try file.read() { token = isToken(written) ? written : nil }
    webhookToken = instance.webhookToken?.text
    signingToken = instance.signingToken?.text
    adminToken = instance.adminToken?.text
    recordedElsewhere = try recorded { try SetupSession.recordedElsewhere(configuration, at: address, $0) } ?? []
  }

  var personAPI: GitLabAPI {
    var api = api(personToken ?? token ?? "")
    if isUnattended { api.speaker = .administrator }
    return api
  }

  func api(_ token: String) -> GitLabAPI {
    GitLabAPI(instance: instance.name, address: address, token: token, requestID: freshRequestID(), version: Version.text)
  }

  var tokenFile: SecretFile? { instance.token.file }

  // MARK: Looking

  /// - Parameter isForPlan: whether places are looked at too in which nothing that is configured lies any more.
  func survey(isForPlan: Bool = false) async throws -> SetupSurvey {
    let made = try recorded { reading in
      SetupMade(
        try SetupTrace.all(.made, for: instance.name, in: reading), begun: try SetupTrace.all(.intended, for: instance.name, in: reading))
    }
    let conversation = SetupSurveyConversation(
      api: personAPI, accountAPI: token.map(api), adminAPI: adminToken.map(api), target: target, made: made ?? SetupMade(),
      isForPlan: isForPlan)
    switch await conversation.converse(over: client) {
    case .success(let survey): return survey
    case .failure(let trouble): throw Failure.no("\(trouble)")
    }
  }

  func plan(_ survey: SetupSurvey) throws -> SetupPlan { SetupPlan(target, survey, try memory(of: survey.account?.id)) }

  var target: SetupTarget {
    let settings = instance.setup
    let today = CivilDate(daysSinceEpoch: Int(SystemClock.now().milliseconds / 86_400_000))
    let expiry = today.adding(days: Int(settings.tokenLifetime.components.seconds / 86_400))
    var target = SetupTarget(
      instance: instance.name, services: configuration.plan.services.filter { $0.instance == instance.name },
      tokenExpiresOn: "\(expiry)", token: state(of: instance.token, now: token),
      webhookToken: instance.webhookToken.map { state(of: $0, now: webhookToken) } ?? .unconfigured,
      signingToken: instance.signingToken.map { state(of: $0, now: signingToken) } ?? .unconfigured)
    target.tokenFile = tokenFile?.path
    target.today = today
    target.adminToken = instance.adminToken.map { state(of: $0, now: adminToken) } ?? .unconfigured
    target.adminTokenFile = instance.adminToken?.file?.path
    target.username = settings.username
    target.displayName = settings.displayName ?? target.displayName
    target.isDisplayNameConfigured = settings.displayName != nil
    target.accountLevel = settings.level.flatMap { SetupPlace.Level(rawValue: $0.rawValue) }
    target.group = settings.group
    target.members = settings.members == .group ? .group : .project
    target.protections = settings.protect == .group ? .group : .project
    target.hooks = settings.hook == .none ? nil : settings.hook == .group ? .group : .project
    target.verifiesTLS = settings.verifiesTLS
    target.deployers = settings.deployers.map { deployer in
      switch deployer {
      case .accessLevel(let level): .accessLevel(level)
      case .user(let name): .user(name)
      case .gitlabGroup(let path): .group(path)
      }
    }
    target.playsAfterApproval = configuration.plan.instances.first { $0.name == instance.name }?.playsAfterApproval ?? true
    target.hasSecretOf =
      configuration.gitlab.first { other in
        other.name != instance.name
          && [(other.webhookToken, webhookToken), (other.signingToken, signingToken)].contains { $1 != nil && $0?.text == $1 }
      }?.name
    if let url = configuration.server.publicURL { target.hookURL = "\(url)/webhooks/gitlab/\(instance.name)" }
    return target
  }

  private func state(of secret: Secret, now: String?) -> SetupTarget.Secret {
    if now != nil { return .present }
    return switch secret.place {
    case .file(let path): .absentFile(path)
    case .variable(let name): .absentVariable(name)
    }
  }

  /// What the record knows. One of an older program has nothing of setup, and where no database is yet there is none.
  func recorded<Value>(_ body: (Reading) throws -> Value) throws -> Value? {
    guard let database, try refusing({ try Migrator.pending(database).isEmpty }) else { return nil }
    return try refusing { try database.reading(at: SystemClock.now(), body) }
  }

  /// Both secrets of a webhook as one text.
  var secretText: String { "\(webhookToken ?? "")\n\(signingToken ?? "")" }
}

/// A token travels in a header field.
func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { (0x21..<0x7F).contains($0) } }

extension Secret {
  var text: String? { isUnread ? nil : reveal() }

  /// Nil for a variable, which no program can set for another.
  var file: SecretFile? { if case .file(let path) = place { SecretFile(path: path) } else { nil } }
}

extension Configuration.GitLabInstance {
  /// Whether its webhooks are proved by what is in this file, by whatever link.
  func hasWebhookSecret(in file: SecretFile) -> Bool {
    let places = [webhookToken, signingToken].compactMap { $0?.file }
    return places.contains { $0.path == file.path || (try? $0.resolved().path) == (try? file.resolved().path) }
  }
}
