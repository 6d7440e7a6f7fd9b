import Configuration
import GitLab
import Logging

/// A token that was rotated and could not be written down: this process has the only copy, and tries until there is another.
extension TokenKeeper {
  /// Tries once more to write down a token that is nowhere else.
  func write(
    _ known: Watch, _ instance: Configuration.GitLabInstance, _ file: SecretFile, _ configuration: Configuration
  ) -> Watch {
    var watch = known
    do {
      let session = try session(instance, configuration, isWriting: true)
      defer {
        let client = session.client
        Task { await client.shutDown() }
      }
      // Where somebody has put another one there meanwhile, that one is looked at as any other.
      if let written = try file.read(), written != watch.unwrittenOver, written != watch.token, !written.isEmpty {
        watch.unwrittenOver = nil
        return watch
      }
      try file.write(watch.token)
      try? file.next.remove()
      watch.unwrittenOver = nil
      log.notice(
        "the access token in use is in its file now", metadata: ["instance": "\(instance.name)", "file": "\(terminalSafe(file.path))"])
    } catch {
      log.error(
        "the access token in use could still not be written; it is tried again every minute",
        metadata: ["instance": "\(instance.name)", "reason": "\(terminalSafe((error as? Failure)?.message ?? "\(error)"))"])
    }
    return watch
  }

  /// Once more before the server ends, and with it the token.
  func writeLast(_ watch: Watch, of name: String) {
    let configuration = configuration()
    guard let instance = configuration.gitlab.first(where: { $0.name == name }), let file = instance.token.file else { return }
    guard write(watch, instance, file, configuration).unwrittenOver != nil else { return }
    log.critical(
      "the access token in use ends with this server, for it could not be written",
      metadata: [
        "instance": "\(name)", "file": "\(terminalSafe(file.path))",
        "remedy": "set GATEHOUSE_SETUP_TOKEN and run `gatehouse setup rotate-token` before the next start",
      ])
  }
}
