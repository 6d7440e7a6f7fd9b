import ChangeControl
import Configuration
import GitLab
import Glibc
import JSON
import Storage

/// Whether the server can rotate an access token by itself, and what came of it the last time.
extension Doctor {
  func examineRotation(_ instance: Configuration.GitLabInstance, database path: String) -> [DoctorFinding] {
    guard instance.setup.rotateTokenBefore != nil, let file = instance.token.file else { return [] }
    let name = "gitlab \(instance.name) token rotation"
    let folder = file.path.contains("/") ? String(file.path[...(file.path.lastIndex(of: "/") ?? file.path.startIndex)]) : "."
    guard access(folder, W_OK | X_OK) == 0 else {
      return [
        .warn(
          name, "this user may not write in \(folder), where a new token is put beside the old one",
          "run this as the server's user; if that one may not either, move the token's file to a folder of its own")
      ]
    }
    guard let trouble = lastTrouble(instance.name, database: path) else { return [.ok(name, "by the server itself, into \(file.path)")] }
    return [.warn(name, trouble, "mend the reason; the server tries again by itself, `gatehouse setup rotate-token` at once")]
  }

  /// Nil where the newest record of a token is none of a rotation that failed.
  private func lastTrouble(_ instance: String, database path: String) -> String? {
    guard access(path, F_OK) == 0, let connection = try? Connection(path: path, access: .readOnly) else { return nil }
    let newest = try? connection.reading(at: SystemClock.now()) { reading in
      try [SetupRecord.State.made, .abandoned, .intended].flatMap { try reading.setupRecords(instance: instance, state: $0) }
        .filter { SetupTrace($0.trace)?.change.kind == .token }.max { $0.id < $1.id }
    }
    guard let newest = newest ?? nil, SetupTrace(newest.trace)?.isOwnRotation == true else { return nil }
    let reason = newest.trace["before"]?["reason"]?.string ?? "GitLab's answer was lost, and the new token with it, if there was one"
    return "the last try, at \(newest.updatedAt.iso8601), did not succeed: \(reason)"
  }
}
