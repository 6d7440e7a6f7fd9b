import ChangeControl
import GitLab
import Storage

/// What `gatehouse setup` has made, against the configuration of now.
extension Doctor {
  /// Nothing else names it: `setup` and the checks of a GitLab look at what is on record under that name.
  func examineSetup(_ plan: ControlPlan, in reading: Reading) throws -> [DoctorFinding] {
    try reading.setupInstancesBeside(plan.instances.map(\.name)).prefix(20).map { name in
      let made = try [SetupRecord.State.made, .intended].flatMap { try SetupTrace.all($0, for: name, in: reading) }
        .map(\.text).reduce(into: [String]()) { kept, text in if !kept.contains(text) { kept.append(text) } }
      let some = made.prefix(5).joined(separator: ", ") + (made.count > 5 ? " and \(made.count - 5) more" : "")
      return .warn(
        "setup record",
        "`gatehouse setup apply` has made \(some) for GitLab \(name), and no GitLab of the configuration has that name: they may stand, and nobody looks "
          + "after them",
        "where it was only renamed, call it \(name) again, which its changes go by too; where it is to go, configure it under that name once more, and "
          + "no other for the same url, and run `gatehouse setup undo --instance \(name)`; where that GitLab is no more, `gatehouse setup forget --all "
          + "--instance \(name) --because REASON`")
    }
  }
}

extension Reading {
  /// GitLabs of which setup has something on record, and that are not among those that are configured.
  func setupInstancesBeside(_ configured: [String]) throws -> [String] { try setupInstances().filter { !configured.contains($0) } }
}
