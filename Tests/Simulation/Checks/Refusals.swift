import Storage

/// Whether a refusal is right in what it takes somebody for. Most are looked at by nobody: a gate that refuses too much lets nothing through, and that
/// shows.
struct Refusals {
  unowned let life: Life

  /// What is wrong with a refusal by its code; nil if nothing is.
  func objection(to code: String, of path: Substring, by user: String) -> String? {
    guard code == "own_deployment", let eyes = life.eyes, let id = path.split(separator: "/").first.flatMap({ Int64($0.dropFirst(4)) })
    else { return nil }
    let sql = "SELECT d.triggerer_username FROM change_request c JOIN deployment d ON d.id = c.deployment WHERE c.id = ?"
    guard let change = try? Books(connection: eyes).changes().first(where: { $0.id == id }) else { return "CHG-\(id) is not there" }
    // GitLab makes whoever plays a job its user: the gate may have heard of them first.
    let shown = (try? eyes.query(sql, id) { $0.text(0) ?? "" }) ?? []
    let requester = life.gitLab(named: change.instance).chronicle.deployments[change.deployment]?.requester
    let isOwn = (shown + [requester ?? ""]).contains { Chronicle.isSamePerson($0, user) }
    return isOwn ? nil : "\(user) is taken for who triggered the deployment of CHG-\(id), and that was \(requester ?? "somebody else")"
  }
}
