/// The other end of a connection, or who sent a request through it.
package enum Peer: Sendable, Hashable, CustomStringConvertible {
  case address(IPAddress)
  /// Whoever came over a Unix socket: a program of this machine, let in by the mode of the socket's file.
  case unix

  package var description: String {
    switch self {
    case .address(let address): "\(address)"
    case .unix: "unix"
    }
  }
}
