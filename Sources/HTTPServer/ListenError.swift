import Glibc
package import NetworkAddresses

/// Why the server cannot listen. `message` says what to do about it.
package enum ListenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Another process, or another server of this one, listens there.
  case addressInUse(ListenAddress)
  /// The host does not name an address of this machine.
  case noSuchAddress(ListenAddress)
  /// The host name is not known.
  case unknownHost(ListenAddress, reason: String)
  /// The port is below 1024 and the process is not allowed to take it; or it may not make a file there.
  case notPermitted(ListenAddress)
  /// The folder of a Unix socket is not there.
  case noSuchFolder(path: String)
  /// Something else stands where a Unix socket is to be.
  case notASocket(path: String)
  /// What was handed over is no stream socket of TCP or Unix that listens.
  case notListening(descriptor: Int32)
  /// The server was started before.
  case alreadyStarted
  /// A system call failed for another reason; `code` is its errno.
  case system(call: String, code: Int32, reason: String)

  package var message: String {
    switch self {
    case .addressInUse(.unix(let path)):
      "unix:\(path) is in use. Stop what listens there (ss -lxp shows it) or listen on another path."
    case .addressInUse(let address):
      "\(address) is in use. Stop what listens there (ss -ltnp shows it) or listen on another port."
    case .noSuchAddress(let address):
      "\(address) is not on this machine. Listen on 127.0.0.1, 0.0.0.0 or an address that ip address shows."
    case .unknownHost(let address, let reason):
      "The host name of \(address) cannot be resolved (\(reason)). Listen on an IP address instead."
    case .notPermitted(.unix(let path)):
      "The socket \(path) cannot be made. Let the user that the server runs as write in its folder."
    case .notPermitted(let address):
      "The port of \(address) is reserved. Listen on a port from 1024, or give the program the capability CAP_NET_BIND_SERVICE."
    case .noSuchFolder(let path):
      "The socket \(path) cannot be made: its folder is not there. Make the folder, or listen on another path."
    case .notASocket(let path):
      "\(path) is there, and is no socket. It is left as it is: move it away, or listen on another path."
    case .notListening(let descriptor):
      "Descriptor \(descriptor), handed over to listen on, is no listening stream socket of TCP or Unix. In its unit use ListenStream, without Accept."
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
