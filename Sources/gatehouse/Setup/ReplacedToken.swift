import ChangeControl
import GitLab
import JSON
import Storage

/// A token whose place another has taken, and that serves until it is ended. It stands on the record of the one that serves now, and goes over to the
/// next one with each rotation: what no record has is ended by nobody.
struct ReplacedToken: Hashable {
  var id: Int64
  /// How people are told of it.
  var text: String
}

extension SetupTrace {
  var replacedTokens: [ReplacedToken] {
    ([before] + (before["also_replaces"]?.array ?? [])).compactMap { noted in
      guard let id = noted["replaces"]?.integer else { return nil }
      return ReplacedToken(id: id, text: noted["replaced"]?.string ?? "access token \(id) of \(change.place.text)")
    }
  }
}

extension JSONValue {
  func noting(_ replaced: [ReplacedToken]) -> JSONValue {
    guard let first = replaced.first, var noted = object else { return self }
    noted.append("replaces", .integer(first.id))
    noted.append("replaced", .string(first.text))
    let others = replaced.dropFirst().map { JSONValue.object([:]).noting([$0]) }
    if !others.isEmpty { noted.append("also_replaces", .array(others)) }
    return .object(noted)
  }
}

extension SetupJournal {
  /// What is still to be ended of an account: what earlier tokens have taken the place of.
  ///
  /// - Parameter serving: the account's tokens; nil where they are not listed.
  func replacedTokens(of account: Int64?, among serving: [AccessTokenReading]?) throws -> [ReplacedToken] {
    let noted = try records(.made).map(\.trace).filter { $0.change.kind == .token && $0.account == account }.flatMap(\.replacedTokens)
    var all: [ReplacedToken] = []
    for token in noted where !all.contains(where: { $0.id == token.id }) {
      guard serving?.contains(where: { $0.id == token.id && $0.isActive }) ?? true else { continue }
      all.append(token)
    }
    return all
  }
}

extension SetupSession {
  /// Tokens of an account that apply has made and that are in no file any more: nobody holds them, and they would serve until their end.
  ///
  /// - Parameter serving: the account's tokens; nil where they are not listed.
  func lostTokens(of account: Int64, among serving: [AccessTokenReading]?) throws -> [ReplacedToken] {
    let lost = try memory(of: account).accountTokens.filter { $0.isMadeByApply && !$0.isKept && ($0.account ?? account) == account }
    return lost.compactMap { token in
      guard let serving else { return ReplacedToken(id: token.id, text: "access token \(token.name) (id \(token.id))") }
      return serving.first { $0.id == token.id && $0.isActive }.map { ReplacedToken(id: token.id, text: $0.text) }
    }
  }

  /// Revokes what a token has taken the place of; what is gone already is no trouble.
  ///
  /// - Returns: what GitLab does not let go, and a sentence for each. It is remembered with the new one, and the plan has it from then on.
  func revokeReplaced(_ trace: SetupTrace, _ journal: SetupJournal) async throws -> (left: [ReplacedToken], sentences: [String]) {
    var left: [ReplacedToken] = []
    var sentences: [String] = []
    for old in trace.replacedTokens where old.id != trace.gitlabID {
      var change = SetupChange(.token, in: trace.change.place, name: "\(old.id)")
      change.existingID = old.id
      if let trouble = await endToken(change, account: trace.account) {
        guard !trouble.isUnavailable else { throw Failure.no("the new token serves, but the old one does too: \(trouble.sentence)") }
        left.append(old)
        sentences.append(
          "\(old.text), whose place it has taken, serves still: \(trouble.sentence). Revoke it in GitLab (as an administrator, or with the account's "
            + "own token: DELETE /api/v4/personal_access_tokens/\(old.id)); `gatehouse setup apply` tries it again")
        continue
      }
      for (id, made) in try journal.records(.made) where made.change.kind == .token && made.gitlabID == old.id {
        try journal.settle(id, as: .undone, made)
      }
      try report.tell(.update, old.text, status: "revoked")
    }
    return (left, sentences)
  }
}
