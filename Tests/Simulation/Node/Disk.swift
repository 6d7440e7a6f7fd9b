import Storage

/// What goes wrong between the process and its file: the process is killed at a point, or the disk does not do as it is told.
final class Disk {
  /// It dies at this one of the points that come, counted from 1.
  struct Death {
    /// Nil for any.
    var point: Connection.FaultPoint?
    var count: Int
  }

  private var death: Death?
  private(set) var isDead = false
  private(set) var lastPoint = ""
  /// How often a point fails, and with what.
  var trouble: (likelihood: Double, error: StorageError)?
  private let chance: Chance

  init(chance: Chance) { self.chance = chance }

  func revive() {
    isDead = false
    death = nil
  }

  func kill(at death: Death) { self.death = death }

  /// For `Connection.fault`. Once dead nothing is done any more.
  var fault: (Connection.FaultPoint) throws(StorageError) -> Void {
    { [self] (point) throws(StorageError) in try pass(point) }
  }

  private func pass(_ point: Connection.FaultPoint) throws(StorageError) {
    guard !isDead else { throw .failed("the process is dead") }
    if var next = death, next.point == nil || next.point == point {
      next.count -= 1
      death = next
      if next.count <= 0 {
        (isDead, lastPoint) = (true, "\(point)")
        throw .failed("the process was killed")
      }
    }
    // What is on disk is on disk.
    guard point != .committed, let trouble, chance.happens(trouble.likelihood) else { return }
    throw trouble.error
  }
}
