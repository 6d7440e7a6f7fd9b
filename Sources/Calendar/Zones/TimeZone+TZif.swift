/// Why bytes are no time zone that can be used.
package enum TimeZoneFileFault: Error, Sendable, Hashable, CustomStringConvertible {
  case noTZif
  case version(UInt8)
  case tooLarge
  case truncated
  case countsLeapSeconds
  /// What is wrong in it.
  case malformed(String)

  package var description: String {
    switch self {
    case .noTZif: "it is no TZif file (RFC 9636); name a compiled time zone, as in /usr/share/zoneinfo"
    case .version(let byte): "it is a TZif file of the unknown version \(byte); versions 1 to 4 are read"
    case .tooLarge: "it is larger than \(TimeZone.largestFile) bytes, which no time zone is"
    case .truncated: "it ends too early; install the time zone database (tzdata) anew"
    case .countsLeapSeconds: "it counts leap seconds, which POSIX time does not; name the zone outside of `right/`"
    case .malformed(let what): "\(what); install the time zone database (tzdata) anew"
    }
  }
}

extension TimeZone {
  /// The largest zones have under 4 KiB.
  package static let largestFile = 65_536

  /// Reads a TZif file of the versions 1 to 4 (RFC 9636 §3).
  package init(name: String, tzif bytes: [UInt8]) throws(TimeZoneFileFault) {
    guard bytes.count <= TimeZone.largestFile else { throw .tooLarge }
    var reader = TZifReader(bytes: bytes[...])
    var header = try reader.header()
    guard header.version > 1 else {
      self = try reader.zone(header, timeSize: 4, name: name, rule: nil)
      return
    }
    // The same once more, with times of eight bytes.
    try reader.skip(header.size(timeSize: 4))
    header = try reader.header()
    let body = try reader.take(header.size(timeSize: 8))
    let rule = try reader.footer()
    reader = TZifReader(bytes: body)
    self = try reader.zone(header, timeSize: 8, name: name, rule: rule)
  }
}

private struct TZifReader {
  struct Header {
    var version: Int
    var utLocalCount, standardCount, leapCount, changeCount, typeCount, characterCount: Int

    /// Of the data that follow. Six counts of 32 bits cannot overflow.
    func size(timeSize: Int) -> Int {
      changeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4) + standardCount + utLocalCount
    }
  }

  var bytes: ArraySlice<UInt8>

  mutating func take(_ count: Int) throws(TimeZoneFileFault) -> ArraySlice<UInt8> {
    guard count <= bytes.count else { throw .truncated }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }

  mutating func skip(_ count: Int) throws(TimeZoneFileFault) { _ = try take(count) }

  /// A big-endian two's complement number of so many bytes, at most eight.
  private mutating func number(_ size: Int) throws(TimeZoneFileFault) -> Int {
    let bits = try take(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let unused = 64 - size * 8
    return Int(truncatingIfNeeded: bits << unused) >> unused
  }

  private mutating func count() throws(TimeZoneFileFault) -> Int { Int(UInt32(truncatingIfNeeded: try number(4))) }

  mutating func header() throws(TimeZoneFileFault) -> Header {
    guard bytes.starts(with: "TZif".utf8) else { throw .noTZif }
    try skip(4)
    let version = try version()
    try skip(15)
    return Header(
      version: version, utLocalCount: try count(), standardCount: try count(),
      leapCount: try count(), changeCount: try count(), typeCount: try count(), characterCount: try count())
  }

  private mutating func version() throws(TimeZoneFileFault) -> Int {
    let byte = try number(1)
    switch UInt8(truncatingIfNeeded: byte) {
    case 0: return 1
    case UInt8(ascii: "2")...UInt8(ascii: "4"): return byte - Int(UInt8(ascii: "0"))
    case let other: throw .version(other)
    }
  }

  mutating func zone(_ header: Header, timeSize: Int, name: String, rule: ZoneRule?) throws(TimeZoneFileFault) -> TimeZone {
    guard header.leapCount == 0 else { throw .countsLeapSeconds }
    guard (1...256).contains(header.typeCount), header.characterCount > 0 else { throw .malformed("it has no local time types") }
    for count in [header.utLocalCount, header.standardCount] where count != 0 && count != header.typeCount {
      throw .malformed("its indicators are not as many as its local time types")
    }
    guard header.size(timeSize: timeSize) <= bytes.count else { throw .truncated }
    let times = try changeTimes(header.changeCount, size: timeSize)
    let kinds = Array(try take(header.changeCount))
    let offsets = try offsets(header.typeCount, characters: header.characterCount)
    guard kinds.allSatisfy({ $0 < header.typeCount }) else { throw .malformed("a change leads to a local time type that is not there") }
    let changes = zip(times, kinds).map { TimeZone.Change(at: $0, offset: offsets[Int($1)]) }
    return TimeZone(name: name, offsetBefore: offsets[0], changes: changes, rule: rule)
  }

  private mutating func changeTimes(_ count: Int, size: Int) throws(TimeZoneFileFault) -> [Int] {
    var times: [Int] = []
    times.reserveCapacity(count)
    for _ in 0..<count {
      let time = try number(size)
      guard times.last.map({ $0 < time }) ?? true else { throw .malformed("its changes are not in the order of time") }
      times.append(time)
    }
    return times
  }

  private mutating func offsets(_ count: Int, characters: Int) throws(TimeZoneFileFault) -> [Int] {
    var offsets: [Int] = []
    for _ in 0..<count {
      let offset = try number(4)
      guard TimeZone.offsets.contains(offset) else { throw .malformed("a local time is more than a day from UTC") }
      guard let isDaylightSaving = try take(1).first, isDaylightSaving <= 1, let name = try take(1).first, Int(name) < characters else {
        throw .malformed("a local time type is none")
      }
      offsets.append(offset)
    }
    return offsets
  }

  /// A line of its own; an empty one says that nobody knows what comes, so that the last offset stays.
  mutating func footer() throws(TimeZoneFileFault) -> ZoneRule? {
    guard try take(1).first == UInt8(ascii: "\n"), let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw .truncated }
    let text = bytes[..<end]
    guard !text.isEmpty else { return nil }
    guard let rule = ZoneRule(text) else {
      throw .malformed("its rule for the years to come cannot be read")
    }
    return rule
  }
}
