import ChangeControl
import Configuration
import GitLab
import Glibc
import Storage

/// Whether the server can rotate an access token by itself, and what came of it the last time.
extension Doctor {
  /// - Parameter probe: what GitLab told of its token, and of whose it is.
  func examineRotation(_ instance: Configuration.GitLabInstance, _ probe: ProbeReport, database path: String) -> [DoctorFinding] {
    let name = "gitlab \(instance.name) token rotation"
    let untold = untoldRotations(instance, database: path).map { ids in
      DoctorFinding.warn(
        name, "a rotation whose answer was lost may have made one of the account's access tokens \(ids), and which cannot be told",
        "see in GitLab which is used, revoke the one that nobody uses, and run `gatehouse setup apply`, which looks whether that is done")
    }
    let own = examineOwnRotation(instance, probe, name, database: path)
    return untold.isEmpty ? own : untold + own.filter { $0.status != .ok }
  }

  /// Tokens of which a run of setup has noted that it cannot be told which a lost rotation has made: `id 11, id 12`.
  private func untoldRotations(_ instance: Configuration.GitLabInstance, database path: String) -> [String] {
    let begun = instance.recorded(in: path) { try $0.setupRecords(instance: instance.name, state: .intended) }
    return (begun ?? []).compactMap { SetupTrace($0.trace).flatMap(LostRotation.init)?.candidates }
      .map { $0.sorted().map { "id \($0)" }.joined(separator: ", ") }
  }

  private func examineOwnRotation(
    _ instance: Configuration.GitLabInstance, _ probe: ProbeReport, _ name: String, database path: String
  ) -> [DoctorFinding] {
    guard let notice = instance.setup.rotateTokenBefore, let file = instance.token.file else { return [] }
    let folder = ((try? file.resolved()) ?? file).folder
    guard access(folder, W_OK | X_OK) == 0 else {
      return [
        .warn(
          name, "this user may not write in \(folder), where a new token is put beside the old one",
          "run this as the server's user; if that one may not either, move the token's file to a folder of its own")
      ]
    }
    let account = try? probe.account.get().id
    let trouble = instance.recorded(in: path) { try RotationTrouble(instance: instance.name, account: account, in: $0) } ?? nil
    guard let trouble else { return [.ok(name, "by the server itself, into \(file.path)")] }
    let remedy = trouble.remedy(try? probe.token.get(), rotatesBefore: notice)
    return [.warn(name, "the last try, at \(trouble.at.iso8601), did not succeed: \(trouble.reason)", remedy)]
  }
}

extension Configuration.GitLabInstance {
  /// Whether its `admin_token` is one that `setup apply` has made, as the record knows it by what is in the file.
  func isAdminTokenMade(database path: String) -> Bool {
    guard let file = adminToken?.file else { return false }
    return recorded(in: path) { try file.holdsMadeToken(of: name, in: $0) } ?? false
  }

  /// The account that `setup apply` has made last; nil where the record has none.
  func madeAccount(database path: String) -> Int64? {
    recorded(in: path) { try SetupTrace.made(.account, for: name, in: $0).first?.gitlabID } ?? nil
  }

  /// What `setup apply` has protected, and not taken back.
  func madeProtections(database path: String) -> [SetupMemory.MadeProtection] {
    recorded(in: path) { try SetupTrace.made(.protection, for: name, in: $0).compactMap(SetupMemory.MadeProtection.init) } ?? []
  }

  /// The webhooks that `setup apply` has made or changed, and not taken back.
  func madeWebhooks(database path: String) -> Set<Int64> {
    Set(recorded(in: path) { try SetupTrace.made(.hook, for: name, in: $0).compactMap(\.gitlabID) } ?? [])
  }

  /// The projects that the server has looked at, whether the account was shown them last or not.
  func watchedProjects(database path: String) -> [Project] {
    let known = recorded(in: path) { try $0.footings(instance: name) } ?? []
    return known.filter { $0.subject.check == .membership }.compactMap { one in
      one.subject.project.map { Project(id: $0, path: one.place, webURL: nil) }
    }
  }

  fileprivate func recorded<Value>(in path: String, _ body: (Reading) throws -> Value) -> Value? {
    guard access(path, F_OK) == 0, let connection = try? Connection(path: path, access: .readOnly) else { return nil }
    return try? connection.reading(at: SystemClock.now(), body)
  }
}
