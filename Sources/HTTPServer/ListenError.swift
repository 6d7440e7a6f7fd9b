import Glibc

/// Why the server cannot listen. `message` says what to do about it.
package enum ListenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Another process, or another server of this one, listens there.
  case addressInUse(ListenAddress)
  /// The host does not name an address of this machine.
  case noSuchAddress(ListenAddress)
  /// The host name is not known.
  case unknownHost(ListenAddress, reason: String)
  /// The port is below 1024 and the process is not allowed to take it.
  case notPermitted(ListenAddress)
  /// The server was started before.
  case alreadyStarted
  /// A system call failed for another reason; `code` is its errno.
  case system(call: String, code: Int32, reason: String)

  package var message: String {
    switch self {
    case .addressInUse(let address):
      "\(address) is in use. Stop what listens there (ss -ltnp shows it) or listen on another port."
    case .noSuchAddress(let address):
      "\(address.host) is no address of this machine. Listen on 127.0.0.1, 0.0.0.0 or an address that ip address shows."
    case .unknownHost(let address, let reason):
      "The host name \(address.host) cannot be resolved (\(reason)). Listen on an IP address instead."
    case .notPermitted(let address):
      "Port \(address.port) is reserved. Listen on a port from 1024, or give the program the capability CAP_NET_BIND_SERVICE."
    case .alreadyStarted:
      "This server was started before. Make a new one."
    case .system(let call, let code, let reason):
      "The system refused \(call) (errno \(code): \(reason)). Check the limits of open files and memory."
    }
  }

  package var description: String { message }
}

extension ListenError {
  /// What a call of CLinux returned, or its negated errno as an error.
  @discardableResult
  static func check(_ result: Int32, _ call: String) throws(ListenError) -> Int32 {
    guard result < 0 else { return result }
    throw .system(call: call, code: -result, reason: String(cString: strerror(-result)))
  }
}
