import CLinux
import Glibc

/// Why there is no result.
struct Trouble: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// Seconds on a clock that nobody sets.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Processor seconds of the calling thread.
func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

enum Socket {
  private static func address(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func with<Value>(_ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
    withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) } }
  }

  /// A connection on loopback that blocks.
  static func connect(port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: port)
    let code = with(&address) { Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    guard descriptor >= 0, code == 0 else {
      if descriptor >= 0 { close(descriptor) }
      throw Trouble("nobody answers on port \(port)")
    }
    return descriptor
  }

  /// A port that nobody has at present.
  static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var wanted = address(port: 0)
    var found = sockaddr_storage()
    guard with(&wanted, { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }) == 0,
      clinux_local_address(descriptor, &found) == 0
    else { throw Trouble("no free port") }
    return withUnsafePointer(to: &found) {
      $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
    }
  }

  /// One request on a connection of its own.
  static func ask(port: UInt16, _ request: [UInt8]) throws -> Answer {
    let descriptor = try connect(port: port)
    defer { close(descriptor) }
    guard clinux_send(descriptor, request, request.count) == request.count else { throw Trouble("a request could not be sent") }
    var received: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 16 * 1_024)
    while true {
      if let answer = Answer(received) { return answer }
      let count = clinux_receive(descriptor, &room, room.count)
      guard count > 0 else { throw Trouble("the connection ended before the answer") }
      received += room[..<count]
    }
  }
}

enum Files {
  static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 64 * 1_024)
    while case let count = fread(&room, 1, room.count, file), count > 0 { bytes += room[..<count] }
    return bytes
  }

  static func text(_ path: String) -> String { String(decoding: read(path) ?? [], as: UTF8.self) }

  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "wb") else { throw Trouble("cannot write \(path)") }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Trouble("cannot write \(path)") }
  }
}
