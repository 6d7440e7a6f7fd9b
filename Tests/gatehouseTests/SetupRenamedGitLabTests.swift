import TestSupport
import Testing

/// What setup has made goes by the name of its GitLab in the configuration: under another name nobody finds it.
@Suite struct SetupRenamedGitLabTests {
  @Test("a GitLab that was renamed in the configuration: check says what stands under its former name, and undo that there is something")
  func renamed() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      #expect(try await house.command(["check", "--json"]).finding("setup record") == nil)
      let configuration = text(ofFile: house.configurationFile)
      write(configuration.replacing("- name: main", with: "- name: other"), toFile: house.configurationFile)
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("setup record"), "\(check)")
      #expect(finding["status"]?.string == "warn", "\(finding)")
      for words in ["webhook of", "membership in", "GitLab main"] {
        #expect(finding["seen"]?.string?.contains(words) == true, "'\(words)' in \(finding)")
      }
      #expect(finding["remedy"]?.string?.contains("call it main again") == true, "\(finding)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("what was made in GitLab main, a name that the configuration has not"), "\(undo)")
      write(configuration, toFile: house.configurationFile)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
      #expect(try await house.command(["check", "--json"]).finding("setup record") == nil)
    }
  }
}
