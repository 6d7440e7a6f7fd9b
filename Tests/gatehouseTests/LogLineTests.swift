import Calendar
import ChangeControl
import Logging
import Testing

@testable import gatehouse

@Suite struct LogLineTests {
  private let now = Instant(milliseconds: 1_790_000_000_123)
  private let plain: [PlainField] = [PlainField(name: "path", value: "/a/{b}~%20"), PlainField(name: "peer", value: "")]

  private func line(_ fields: [PlainField], _ format: LineLogHandler.Format) -> String {
    let fields = fields.map { (name: "\($0.name)", value: $0.value) }
    return String(decoding: LineLogHandler(logLevel: .info, format: format).line(at: now, .info, "answered", fields), as: UTF8.self)
  }

  private func plainLine(_ fields: [PlainField], _ format: LineLogHandler.Format) -> String? {
    LineLogHandler(logLevel: .info, format: format).plainLine(at: now, .info, "answered", fields).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test func aLineForMachines() {
    #expect(
      line(plain, .json)
        == #"{"at":"2026-09-21T14:13:20.123Z","level":"info","message":"answered","path":"/a/{b}~%20","peer":""}"# + "\n")
  }

  @Test func aLineForPeople() { #expect(line(plain, .text) == "14:13:20.123 info answered path=/a/{b}~%20 peer=\n") }

  @Test(arguments: [LineLogHandler.Format.json, .text]) func theQuickWayWritesTheSameLine(format: LineLogHandler.Format) {
    #expect(plainLine(plain, format) == line(plain, format))
  }

  @Test(arguments: ["\"", "\\", "a\nb", "\u{7F}", "\u{1B}[2J", "é", "\u{202E}"], [LineLogHandler.Format.json, .text])
  func theQuickWayIsNotTakenWhereACharacterNeedsALook(value: String, format: LineLogHandler.Format) {
    #expect(plainLine(plain + [PlainField(name: "z", value: value)], format) == nil)
    #expect(!line([PlainField(name: "z", value: value)], format).dropLast().utf8.contains { $0 < 0x20 || $0 == 0x7F })
  }
}
