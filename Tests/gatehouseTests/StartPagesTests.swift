import Testing

@testable import gatehouse

/// What is given back must be there again when it is wanted: only what stands in a file, as it stands there.
@Suite struct StartPagesTests {
  private func entry(_ head: String, resident: Int = 8, anonymous: Int = 0, swapped: Int = 0) -> String {
    """
    \(head)
    Size:                 16 kB
    Rss:                   \(resident) kB
    Pss:                   4 kB
    Anonymous:             \(anonymous) kB
    Swap:                  \(swapped) kB
    VmFlags: rd ex mr mw me sd
    """
  }

  @Test(arguments: [
    ("55d0c0a00000-55d0c0a04000 r-xp 00001000 08:01 1234   /usr/bin/gatehouse", 0, true),
    ("55d0c0a00000-55d0c0a04000 r--p 00001000 08:01 1234   /usr/lib/a folder/libcurl.so.4", 0, true),
    // Relocated when the program was loaded, and closed to writing afterwards.
    ("55d0c0a00000-55d0c0a04000 r--p 00001000 08:01 1234   /usr/bin/gatehouse", 4, false),
    ("55d0c0a00000-55d0c0a04000 rw-p 00001000 08:01 1234   /usr/bin/gatehouse", 0, false),
    // SQLite's index of the log, which others write to as well.
    ("7f0000000000-7f0000004000 rw-s 00000000 08:01 99   /var/lib/gatehouse/gatehouse.db-shm", 0, false),
    ("7ffd6f9e2000-7ffd6f9e4000 r-xp 00000000 00:00 0    [vdso]", 0, false),
    ("7f0000000000-7f0000004000 r--p 00000000 00:00 0", 0, false),
  ]) func onlyCleanPagesOfFilesAreGivenBack(head: String, anonymous: Int, isClean: Bool) {
    let found = StartPages.mappings(in: entry(head, anonymous: anonymous))
    #expect(found.map(\.isClean) == [isClean])
    #expect(found.map(\.resident) == [8 * 1_024])
    #expect(found.allSatisfy { $0.end - $0.start == (head.contains("vdso") ? 0x2000 : 0x4000) })
  }

  /// Relocated, closed to writing, and swapped out since: what stands in the file is not what the program needs (proc(5): Swap).
  @Test func whatWasWrittenAndSwappedOutIsKept() {
    let text = entry("55d0c0a00000-55d0c0a04000 r--p 00001000 08:01 1234   /usr/bin/gatehouse", swapped: 4)
    #expect(StartPages.mappings(in: text).map(\.isClean) == [false])
  }

  @Test func eachLineBelongsToTheMappingAboveIt() {
    let text = [
      entry("1000-2000 r-xp 00000000 08:01 1   /a", resident: 4),
      entry("2000-4000 rw-p 00000000 08:01 1   /a", resident: 8, anonymous: 8),
      entry("4000-5000 r--p 00000000 08:01 2   /b", resident: 0),
    ].joined(separator: "\n")
    #expect(
      StartPages.mappings(in: text) == [
        .init(start: 0x1000, end: 0x2000, isClean: true, resident: 4_096),
        .init(start: 0x2000, end: 0x4000, isClean: false, resident: 8_192),
        .init(start: 0x4000, end: 0x5000, isClean: true, resident: 0),
      ])
  }

  @Test func whatIsNoMappingIsNone() {
    #expect(StartPages.mappings(in: "Rss: 4 kB\nnonsense\n-1-2 r-xp 0 08:01 1 /a\nffff-0 r-xp 0 08:01 1 /a") == [])
  }

  /// The program runs on: this test is its own code.
  @Test func thisProcessGivesBackAndRunsOn() {
    #expect(StartPages.giveBack() > 0)
    #expect([3, 1, 2].sorted() == [1, 2, 3])
  }
}
