import CLinux
import Glibc

/// What came of keeping a server busy for a while.
struct Measurement {
  /// The numbers of the requests that were answered with 200.
  var answered: [Int] = []
  /// How long each of them took, in microseconds.
  var latencies: [Double] = []
  /// Requests that were answered otherwise, or not at all.
  var failures = 0
  var seconds = 0.0
  /// Processor time of the server for each request, in microseconds.
  var processor = 0.0
  /// Processor time of the load itself for each request, in microseconds: it shares the processors with the server.
  var load = 0.0
  /// Commits of the database for each request.
  var commits = 0.0

  var rate: Double { seconds > 0 ? Double(answered.count) / seconds : 0 }

  /// Whether a request of a mix is the one in ten that writes.
  static func isWrite(_ number: Int) -> Bool { number.isMultiple(of: 10) }

  /// The writes of a mix, or its reads.
  func part(writes: Bool) -> Measurement {
    var part = Measurement()
    for (number, latency) in zip(answered, latencies) where Measurement.isWrite(number) == writes {
      part.answered.append(number)
      part.latencies.append(latency)
    }
    part.seconds = seconds
    part.processor = processor
    return part
  }

  /// In milliseconds.
  func percentile(_ part: Double) -> Double {
    let sorted = latencies.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] / 1_000
  }
}

/// Keeps a number of connections busy: each sends its next request when the last one was answered. One thread, that takes as little from the
/// server it measures as it can.
final class Load {
  private let port: UInt16
  /// The whole request with this number.
  private let request: (Int) -> [UInt8]
  private let poll: Int32
  private var lines: [Line] = []
  private var next: Int
  private var seen = Measurement()

  /// One connection.
  private struct Line {
    var descriptor: Int32
    var number = 0
    var began = 0.0
    var received: [UInt8] = []
    var isBusy = false
  }

  init(port: UInt16, connections: Int, from first: Int = 0, request: @escaping (Int) -> [UInt8]) throws {
    self.port = port
    self.request = request
    next = first
    poll = clinux_epoll_create()
    guard poll >= 0 else { throw Trouble("no epoll: \(String(cString: strerror(-poll)))") }
    for index in 0..<connections { lines.append(Line(descriptor: try connect(index))) }
  }

  deinit {
    for line in lines { close(line.descriptor) }
    close(poll)
  }

  /// Sends for so long, then waits for the answers that are still to come. Numbers go on from one call to the next.
  func run(for seconds: Double) throws -> Measurement {
    seen = Measurement()
    let began = now()
    let used = threadTime()
    let end = began + seconds
    for index in lines.indices { try send(on: index) }
    var ready = [clinux_ready](repeating: clinux_ready(), count: Int(CLINUX_READY_CAPACITY))
    while lines.contains(where: \.isBusy) {
      let count = clinux_epoll_wait(poll, &ready, 10_000)
      guard count > 0 else { throw Trouble("no answer for ten seconds") }
      for event in ready[..<Int(count)] {
        let index = Int(event.token)
        if try receive(on: index), now() < end { try send(on: index) }
      }
    }
    seen.seconds = now() - began
    seen.load = (threadTime() - used) / Double(max(1, seen.answered.count)) * 1_000_000
    return seen
  }

  private func connect(_ index: Int) throws -> Int32 {
    let descriptor = try Socket.connect(port: port)
    _ = clinux_no_delay(descriptor)
    guard clinux_epoll_add_level(poll, descriptor, UInt64(index)) == 0 else { throw Trouble("epoll does not take a connection") }
    return descriptor
  }

  /// A request is smaller than the kernel's buffer, so that sending does not wait.
  private func send(on index: Int) throws {
    let bytes = request(next)
    lines[index].number = next
    lines[index].began = now()
    lines[index].isBusy = true
    next += 1
    guard clinux_send(lines[index].descriptor, bytes, bytes.count) == bytes.count else { throw Trouble("a request could not be sent") }
  }

  /// True once the answer is whole.
  private func receive(on index: Int) throws -> Bool {
    let count = withUnsafeTemporaryAllocation(byteCount: 16 * 1_024, alignment: 1) { room in
      let count = clinux_receive(lines[index].descriptor, room.baseAddress, room.count)
      if count > 0 { lines[index].received.append(contentsOf: room[..<count]) }
      return count
    }
    if count <= 0 {
      // Between two requests a server may close; within one it may not.
      if lines[index].isBusy { seen.failures += 1 }
      try renew(index)
      return true
    }
    guard let answer = Answer(lines[index].received) else { return false }
    let line = lines[index]
    lines[index].isBusy = false
    lines[index].received.removeAll(keepingCapacity: true)
    if answer.status == 200 {
      seen.answered.append(line.number)
      seen.latencies.append((now() - line.began) * 1_000_000)
    } else {
      seen.failures += 1
    }
    if answer.isLast { try renew(index) }
    return true
  }

  private func renew(_ index: Int) throws {
    close(lines[index].descriptor)
    lines[index] = Line(descriptor: try connect(index))
  }
}

/// As much of a whole response as a load needs to know.
struct Answer {
  var status: Int
  /// The connection ends with it.
  var isLast: Bool
  var body: ArraySlice<UInt8>

  /// Nil while some of it is still to come.
  init?(_ bytes: [UInt8]) {
    guard let head = Answer.find("\r\n\r\n", in: bytes), bytes.count > 12 else { return nil }
    var length = 0
    if let field = Answer.find("\r\nContent-Length: ", in: bytes), field < head {
      for byte in bytes[(field + 18)...] {
        guard byte >= 0x30, byte <= 0x39 else { break }
        length = length * 10 + Int(byte) - 0x30
      }
    }
    guard bytes.count >= head + 4 + length else { return nil }
    status = bytes[9..<12].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    isLast = Answer.find("\r\nConnection: close", in: bytes).map { $0 < head } ?? false
    body = bytes[(head + 4)...]
  }

  /// `text` begins with CR: the only byte that is searched for.
  private static func find(_ text: StaticString, in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var start = 0
      while start + text.utf8CodeUnitCount <= bytes.count, let found = memchr(base + start, 0x0D, bytes.count - start) {
        let place = UnsafeRawPointer(found) - base
        guard place + text.utf8CodeUnitCount <= bytes.count else { return nil }
        if memcmp(found, text.utf8Start, text.utf8CodeUnitCount) == 0 { return place }
        start = place + 1
      }
      return nil
    }
  }
}
