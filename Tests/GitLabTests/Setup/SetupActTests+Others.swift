import JSON
import Testing

@testable import GitLab

/// Beside what others have made.
extension SetupActTests {
  @Test("a protection of others' keeps their rows, and loses ours") func othersRowsStay() throws {
    let gitlab = SmallGitLab()
    gitlab.protections["prod/eu"] = [
      "name": "prod/eu", "deploy_access_levels": [["id": 1, "access_level": 40]], "approval_rules": [["id": 2, "group_id": 5]],
    ]
    let before = gitlab.protections
    let (outcome, sent) = try act(Self.changes[2], gitlab)
    #expect(sent[1] == "PUT /projects/30/protected_environments/prod%2Feu")
    let made = try #require(trace(outcome))
    #expect(made.existed && made.deployRows.count == 1 && made.approvalRows.count == 1)
    #expect(try undo(made, gitlab) == .removed)
    #expect(gitlab.protections == before)
  }

  @Test("a webhook that has gone meanwhile is made anew, and is ours") func hookThatHasGone() throws {
    let gitlab = SmallGitLab()
    var change = try #require(Self.changes.first { $0.kind == .hook })
    change.existingID = 77
    let made = try #require(trace(try act(change, gitlab).0))
    #expect(!made.existed && made.gitlabID == gitlab.hooks.first?["id"]?.integer)
    #expect(try undo(made, gitlab) == .removed && gitlab.hooks.isEmpty)
  }

  @Test("a row of one list may have the number of a row of the other") func rowsOfOneNumber() throws {
    func gitlab(withRow number: Int64) -> SmallGitLab {
      let gitlab = SmallGitLab()
      gitlab.protections["prod/eu"] = [
        "name": "prod/eu", "deploy_access_levels": [["id": .integer(number), "access_level": 40]],
        "approval_rules": [["id": 2, "group_id": 5]],
      ]
      return gitlab
    }
    let number = try #require(trace(try act(Self.changes[2], gitlab(withRow: 1)).0)?.approvalRows.first)
    let gitlab = gitlab(withRow: number)
    let before = gitlab.protections
    let made = try #require(trace(try act(Self.changes[2], gitlab).0))
    #expect(made.approvalRows == [number])
    #expect(try undo(made, gitlab) == .removed)
    #expect(gitlab.protections == before)
  }

  @Test("what others put into our protection stays, and so does the protection") func whatOthersAdded() throws {
    let gitlab = SmallGitLab()
    let made = try #require(trace(try act(Self.changes[2], gitlab).0))
    let rules = gitlab.protections["prod/eu"]?["approval_rules"]?.array ?? []
    gitlab.protections["prod/eu"]?["approval_rules"] = .array(rules + [["id": 9, "group_id": 5]])
    guard case .left(let sentence)? = try undo(made, gitlab) else {
      Issue.record("nothing was left")
      return
    }
    #expect(sentence.contains("others have put rows into it"))
    #expect(gitlab.protections["prod/eu"]?["approval_rules"] == [["id": 9, "group_id": 5]])
  }

  @Test("an account that GitLab calls what it likes is recorded by the name that it has, and said to be no use") func namedByGitLab() throws
  {
    let gitlab = SmallGitLab()
    let named: JSONValue = ["id": 97, "username": "service_account_group_2_f00d", "name": "Service account user"]
    let (outcome, sent) = try act(Self.changes[0], gitlab, fault: (at: 1, .json(201, named), afterEffect: false))
    #expect(sent.last == "POST /groups/2/service_accounts")
    guard case .partly(let trace, let sentence) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(trace.gitlabID == 97 && trace.change.name == "service_account_group_2_f00d")
    #expect(sentence.contains("and not gatehouse-acme") && sentence.contains("`gatehouse setup undo` takes it back"), "\(sentence)")
  }
}
