import Glibc
import TestSupport
import Testing

@testable import Calendar

@Suite struct SystemClockTests {
  @Test("offsets are those of the C library, which date asks, for the same files", arguments: ZoneFixtures.files.map(\.name))
  func agrees(_ name: String) throws {
    let zone = try ZoneFixtures.zone(name)
    var generator = SeededGenerator(seed: 13)
    // From 1833 to 2200; half of them close to where daylight saving begins or ends somewhere.
    var seconds = (0..<2_000).map { _ in Int.random(in: -4_300_000_000...7_258_000_000, using: &generator) }
    for year in stride(from: 1_970, to: 2_100, by: 1) {
      for month in [3, 4, 9, 10, 11] {
        let first = CivilDate.first(of: month, in: year).daysSinceEpoch * 86_400
        seconds.append(first + Int.random(in: 0..<31 * 86_400, using: &generator))
      }
    }
    let shown = try date(seconds, file: ZoneFixtures.path(name))
    try #require(shown.count == seconds.count)
    for (second, shown) in zip(seconds, shown) { #expect("\(zone.civilTime(at: Instant(seconds: second)))" == shown, "\(second)") }
  }

  /// What `date` says of each second, one a line. The file is read by the C library itself: `TZ` may name one.
  private func date(_ seconds: [Int], file: String) throws -> [Substring] {
    let folder = TemporaryFolder()
    let (input, output) = (folder.file("in"), folder.file("out"))
    let lines = seconds.map { "@\($0)\n" }.joined()
    let descriptor = open(input, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    #expect(write(descriptor, lines, lines.utf8.count) == lines.utf8.count)
    close(descriptor)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT, 0o600)
    let arguments = pointers(["date", "--file=\(input)", "+%Y-%m-%dT%H:%M:%S"])
    let environment = pointers(["TZ=:\(file)", "LC_ALL=C"])
    defer { for pointer in arguments + environment { free(pointer) } }
    var child: pid_t = 0
    try #require(posix_spawn(&child, "/bin/date", &actions, nil, arguments, environment) == 0)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    #expect(status == 0)
    return String(decoding: bytes(ofFile: output), as: UTF8.self).split(separator: "\n")
  }

  /// As C wants a list of texts.
  private func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { text in strdup(text) } + [nil] }
}
