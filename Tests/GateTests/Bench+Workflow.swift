import ChangeControl
import Gate

extension Bench {
  static let olga = Actor(user: "olga", role: .operator)

  /// A change request that waits in the first review of JSM's workflow, as CHG-1. The deployment is dana's.
  static func itsm(_ edit: (inout Policy) -> Void = { _ in }) throws -> Bench {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    bench.edit(edit)
    try bench.openChange()
    return bench
  }

  /// Somebody clicks.
  @discardableResult
  func take(_ name: String, key: String = "CHG-1", by actor: Actor = Bench.olga, comment: String? = nil) throws -> ChangeView {
    let request = TransitionRequest(key: key, name: name, comment: comment, expectedRevision: nil, requestID: "r")
    return try command { try $0.transition(request, by: actor, in: $1) }
  }
}
