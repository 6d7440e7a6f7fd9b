import Glibc
import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// Another account takes the place of the one that apply made, and a tier of the group goes on asking for the former.
@Suite struct CheckFormerRuleTests {
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""

  @Test("deployments to it wait for ever: check fails, and says where the way out stands") func waits() async throws {
    var bare = House.bare { world in
      world.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3)
      world.users.insert(World.User(id: 70, username: "gate-two", name: "Gate Two"))
      world.tokens.insert(.init(id: 701, userID: 70, secret: "glpat-gate-two", name: "two", createdAt: world.now))
      world.memberships.append(World.Membership(.group(2), userID: 70, level: .developer))
    }
    bare.hookEvents = []
    try await House.with(bare, serving: false) { house in
      let looks = "admin_token: {file: \"\(house.adminFile)\"}\n"
      house.configureForSetup(looks + "setup: {protect: group, group: acme/payments}")
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      unlink(house.tokenFile)
      try write(Array("glpat-gate-two\n".utf8), toNewFile: house.tokenFile)
      house.configureForSetup(looks + "setup: {protect: project}")
      house.covers("\"acme/payments/checkout\"")
      let apply = try await house.setup("apply")
      #expect(apply.output.contains("! protected tier production of group acme/payments"), "\(apply)")
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main approver")
      #expect(check.status == 1 && finding?["status"]?.string == "fail", "\(apply) \(check)")
      for words in [
        "acme/payments/checkout production: rule ", " of group acme/payments asks for user ",
        "whom apply had named and who is the gate's account no more",
        "its deployments wait for ever", "`gatehouse setup plan` says how that ends",
      ] {
        #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
      }
    }
  }
}
