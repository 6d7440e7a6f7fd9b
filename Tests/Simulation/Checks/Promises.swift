import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Storage

/// What a 2xx has told somebody must be found, now and after every crash.
final class Promises {
  private struct Promise {
    var words: String
    /// A query that has a row while the promise is kept.
    var sql: String
    var values: [(any Bindable)?]
  }

  private unowned let life: Life
  private var made: [Promise] = []

  init(life: Life) { self.life = life }

  func acknowledged(_ delivery: World.HookDelivery, of instance: String, _ response: Response) {
    // What means nothing to a gate is forgotten after a while.
    guard (try? JSONValue.parse(response.body))?["result"]?.string == "recorded" else { return }
    promise(
      "webhook \(delivery.id) of \(instance)",
      "SELECT 1 FROM delivery WHERE instance = ? AND idempotency_key = ? AND result = 'recorded'", instance, delivery.idempotencyKey)
  }

  func acknowledged(_ request: Request, _ response: Response, by user: String) {
    if [409, 412].contains(response.status.code) { life.happened(.foundItMoved) }
    guard (200..<300).contains(response.status.code), request.head.method != .get, let path = request.head.path else { return }
    let parts = path.split(separator: "/")
    guard parts.count >= 4, let change = Int64(parts[3].dropFirst(4)) else { return }
    let body = (try? JSONValue.parse(request.body)) ?? .null
    let what = parts.dropFirst(4).joined(separator: "/")
    switch (request.head.method, what) {
    case (.post, "approval"):
      life.happened(body["status"]?.string == "approved" ? .approved : .rejected)
      if life.node.rulebook.recurringFreeze?.latest(at: life.now).holds(at: life.now) ?? false { life.happened(.spokeInFreeze) }
      promise(
        "\(user)'s word on CHG-\(change)", "SELECT 1 FROM approval WHERE change = ? AND user = ? AND status = ?", change, user,
        body["status"]?.string)
    case (.delete, "approval"):
      life.happened(.withdrew)
      promise(
        "\(user)'s withdrawal on CHG-\(change)", "SELECT 1 FROM approval WHERE change = ? AND user = ? AND ended_by = 'withdrawn'", change,
        user)
    case (.post, "comments"):
      promise(
        "\(user)'s comment on CHG-\(change)", "SELECT 1 FROM comment WHERE change = ? AND user = ? AND comment = ?", change, user,
        body["comment"]?.string)
    case (.post, "break-glass"):
      life.happened(.brokeGlass)
      promise("\(user)'s broken glass", "SELECT 1 FROM change_request WHERE id = ? AND glass_broken_by = ?", change, user)
    case (.post, "review"):
      promise("\(user)'s review", "SELECT 1 FROM change_request WHERE id = ? AND reviewed_by = ?", change, user)
    case (.post, "freeze-override"):
      life.happened(.overrodeFreeze)
      promise("\(user)'s override", "SELECT 1 FROM freeze_override WHERE change = ? AND user = ?", change, user)
    case (.post, "transitions"), (.post, "callbacks/retry"):
      life.happened(what == "transitions" ? .steppedOn : .triedAgain)
      promise(
        "\(user)'s \(what) on CHG-\(change)", "SELECT 1 FROM audit_entry WHERE change = ? AND json_extract(detail, '$.request_id') = ?",
        change, request.head.headerFields[.requestID])
    case (.patch, _):
      life.happened(.edited)
      for (name, value) in body.object?.members.map({ ($0.name, $0.value.string) }) ?? [] where name == "reason" {
        promise(
          "\(user)'s edit of CHG-\(change)", "SELECT 1 FROM audit_entry WHERE change = ? AND json_extract(detail, '$.after.reason') = ?",
          change, value)
      }
    default: break
    }
  }

  private func promise(_ words: String, _ sql: String, _ values: (any Bindable)?...) {
    let promise = Promise(words: words, sql: sql, values: values)
    made.append(promise)
    check(promise)
  }

  /// All that was ever promised.
  func check() { for promise in made { check(promise) } }

  private func check(_ promise: Promise) {
    guard let eyes = life.eyes else { return }
    do {
      if try eyes.query(promise.sql, all: promise.values, row: { _ in true }).isEmpty {
        life.violate("what a 2xx promised is not there: \(promise.words)")
      }
    } catch {
      life.violate("a promise cannot be looked for: \(error)")
    }
  }
}
