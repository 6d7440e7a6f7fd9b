import HTTPMessages
import HTTPTypes
import JSON
import Storage

/// Whether what people are told is so.
struct Answers {
  unowned let life: Life

  /// What is wrong with an answer as of the moment it was made; nil if nothing is.
  func objection(to request: Request, _ response: Response, by user: String) throws -> String? {
    let parts = (request.head.path ?? "").split(separator: "?")[0].split(separator: "/")
    guard parts.count >= 4, let id = Int64(parts[3].dropFirst(4)), let eyes = life.eyes else { return nil }
    let body = (try? JSONValue.parse(response.body)) ?? .null
    let isShown = request.head.method == .get && parts.count == 4 && response.status.code == 200
    guard isShown || body["error"]?["code"]?.string == "own_deployment" else { return nil }
    guard let change = try Books(connection: eyes).changes().first(where: { $0.id == id }) else { return "CHG-\(id) is not there" }
    return isShown ? objection(to: body, showing: change) : try objection(toTaking: user, forRequesterOf: change, eyes)
  }

  /// Not as it was once, however short ago.
  private func objection(to body: JSONValue, showing change: Books.Change) -> String? {
    let shown = [body["status"]?.string, body["gate"]?.string, body["revision"]?.integer.map(String.init), body["policy"]?.string]
    let right = [change.status, change.gate, String(change.revision), Following.policy(of: change, under: life.node.rulebook)]
    return shown == right ? nil : "CHG-\(change.id) is shown as \(shown.map { $0 ?? "nothing" }), and it is \(right)"
  }

  /// Most refusals are looked at by nobody: a gate that refuses too much lets nothing through, and that shows.
  private func objection(toTaking user: String, forRequesterOf change: Books.Change, _ eyes: Connection) throws -> String? {
    let sql = "SELECT d.triggerer_username FROM change_request c JOIN deployment d ON d.id = c.deployment WHERE c.id = ?"
    // GitLab makes whoever plays a job its user: the gate may have heard of them first.
    let shown = try eyes.query(sql, change.id) { $0.text(0) ?? "" }
    let requester = life.gitLab(named: change.instance).chronicle.deployments[change.deployment]?.requester
    let isOwn = (shown + [requester ?? ""]).contains { Chronicle.isSamePerson($0, user) }
    return isOwn ? nil : "\(user) is taken for who triggered the deployment of CHG-\(change.id), and that was \(requester ?? "another")"
  }
}

extension Life {
  func expectTrue(_ response: Response, to request: Request, by user: String) {
    if let objection = Deeds.objection(to: request, response, by: user) { violate(objection) }
    do {
      if let objection = try Answers(life: self).objection(to: request, response, by: user) { violate("\(user) is told: \(objection)") }
    } catch {
      violate("what \(user) was told cannot be looked for: \(error)")
    }
  }
}
