import HTTPMessages
import HTTPTypes
import Storage

/// Who reads what the gate tells of itself: listeners to its events, and an auditor who takes the audit log with them.
final class Audience {
  private unowned let life: Life
  private var clients: [EventClient] = []
  private var exportsHeard = 0

  init(life: Life) { self.life = life }

  func listen() {
    let user = life.chance.one(of: ["vera", "alice", "eve"])
    let change = life.chance.happens(0.2) ? life.people.someChange : nil
    guard let (token, id) = life.people.credential(of: user) else { return }
    let client = EventClient(life: life, user: user, token: token, hearing: Hearing(change: change, tokenID: id))
    clients.append(client)
    client.connect()
  }

  /// All of the audit log as of now, or of one change; it takes its time, and what happens meanwhile is not in it.
  func export() {
    guard life.node.isUp, let eyes = life.eyes, let (token, _) = life.people.credential(of: "audrey") else { return }
    let format = life.chance.one(of: ["json", "csv"])
    let change = life.chance.happens(0.3) ? life.people.someChange : nil
    let path = "/api/v1/audit/export?format=\(format)" + (change.map { "&change=CHG-\($0)" } ?? "")
    var head = HTTPRequest(method: .get, scheme: nil, authority: "gatehouse.example.com", path: path)
    head.headerFields[.authorization] = "Bearer \(token)"
    let books = Books(connection: eyes)
    guard let entries = try? books.entries(after: 0) else { return life.violate("the audit log cannot be read") }
    let wanted = entries.filter { change == nil || $0.change == change }
    life.node.receive(Request(head: head)) { [self] response in
      life.note("audrey takes \(response.body.count) bytes of the audit log with her: \(response.status.code)")
      exportsHeard += 1
      guard response.status.code == 200, let exported = Exported(response.body, format: format) else {
        return life.violate("the audit log cannot be exported as \(format): \(response.status.code)")
      }
      if let objection = exported.objection(against: wanted) {
        life.violate("the exported audit log is not what is committed: \(objection)")
      }
    }
  }

  /// Once nothing goes wrong any more.
  func expectAllHeard() {
    func behind() -> EventClient? { clients.first { !$0.isRefused && !$0.hearing.isComplete(life) && !$0.hearing.isRevoked(life) } }
    life.goOn(until: life.now + 60_000) { behind() == nil }
    if let client = behind() {
      life.violate("\(client.user) listens, has heard event \(client.hearing.last ?? 0), and is not told what came after")
    }
    guard life.options.exports > 0 else { return }
    let before = exportsHeard
    export()
    life.goOn(until: life.now + 600_000) { exportsHeard > before }
    if exportsHeard == before { life.violate("the audit log is exported, and there is no end to it") }
  }
}
