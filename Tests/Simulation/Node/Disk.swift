import Storage
import Synchronization

/// Whether the process is dead. Nobody is told anything by a dead process.
final class Death: Sendable {
  private let flag = Atomic(false)

  var hasCome: Bool { flag.load(ordering: .relaxed) }

  func come() { flag.store(true, ordering: .relaxed) }
}

/// What goes wrong between the process and its file: the process is killed at a point, or the disk does not do as it is told.
final class Disk {
  /// It dies at this one of the points that come, counted from 1.
  struct Appointment {
    /// Nil for any.
    var point: Connection.FaultPoint?
    var count: Int
  }

  private var appointment: Appointment?
  private(set) var death = Death()
  private(set) var lastPoint = ""
  /// How often a point fails, and with what.
  var trouble: (likelihood: Double, error: StorageError)?
  private let chance: Chance
  /// Hears what the process is told.
  private let struck: (StorageError) -> Void
  private weak var connection: Connection?

  init(chance: Chance, struck: @escaping (StorageError) -> Void) { (self.chance, self.struck) = (chance, struck) }

  var isDead: Bool { death.hasCome }

  /// A new process. An appointment that nobody has kept yet is kept with it: while it starts, or later.
  func revive() { death = Death() }

  /// Nothing is to strike any more.
  func calm() { (trouble, appointment) = (nil, nil) }

  func kill(at appointment: Appointment) { self.appointment = appointment }

  /// Stands between a connection and its file. Once dead nothing is done any more.
  func stand(before connection: Connection) {
    self.connection = connection
    connection.fault = { [self] (point) throws(StorageError) in try pass(point) }
  }

  private func pass(_ point: Connection.FaultPoint) throws(StorageError) {
    guard !isDead else { throw .failed("the process is dead") }
    if var next = appointment, next.point == nil || next.point == point {
      next.count -= 1
      appointment = next.count > 0 ? next : nil
      if next.count <= 0 {
        lastPoint = "\(point)"
        death.come()
        throw .failed("the process was killed")
      }
    }
    // What is on disk is on disk.
    guard point != .committed, let trouble, chance.happens(trouble.likelihood) else { return }
    // On some errors SQLite takes the whole transaction back by itself (https://sqlite.org/lang_transaction.html).
    if let connection, connection.isInTransaction, chance.happens(0.3) { try? connection.run("ROLLBACK") }
    struck(trouble.error)
    throw trouble.error
  }
}
