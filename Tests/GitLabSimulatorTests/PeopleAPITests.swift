import Calendar
import GitLabSimulator
import JSON
import Testing

/// Members, users, commits and merge requests, as a gate asks for them.
@Suite struct PeopleAPITests {
  private func names(_ got: Got) -> [String] { (got.json?.array ?? []).compactMap { $0["username"]?.string } }

  @Test func directAndInheritedMembersDiffer() throws {
    var world = demoWorld()
    world.add("olu", to: .group(2), level: .owner)
    #expect(names(try world.get("groups/acme%2Fpayments/members")) == ["alice", "bob", "carol"])
    #expect(names(try world.get("groups/acme%2Fpayments/members/all")) == ["olu", "alice", "bob", "carol"])
    world.remove("bob", from: .group(3))
    world.block("carol")
    let left = try world.get("groups/3/members").json?.array ?? []
    #expect(left.map { $0["state"] } == ["active", "blocked"])
    #expect(try world.get("groups/acme%2Fnowhere/members").json == ["message": "404 Group Not Found"])
  }

  @Test func onlyAnAdministratorIsToldWhoAdministersAndAtWhichAddress() throws {
    var world = demoWorld()
    #expect(names(try world.get("users?admins=true")).count == 7)
    #expect(try world.get("users?admins=true").json?.array?.first?["is_admin"] == nil)
    let root = world.token(for: "root")
    let told = try world.call(.get, "users?admins=true", token: root)
    #expect(names(told) == ["root"] && told.json?.array?.first?["is_admin"] == true)
    #expect(names(try world.get("users?username=ALICE")) == ["alice"])
    #expect(try world.get("users?username=nobody").json == [])
    #expect(try world.get("users/5").json?["public_email"] == "olu@example.com")
    #expect(try world.get("users/21").json?["public_email"] == .null)
    #expect(try world.call(.get, "users/21", token: root).json?["commit_email"] == "alice@example.com")
    world.rename("alice", to: "alina")
    #expect(names(try world.get("users?username=alice")).isEmpty)
  }

  @Test func rangesComparisonsAndMergeRequests() throws {
    var world = demoWorld()
    let first = world.commit("One", by: "dana") { $0.files = ["a"] }
    let second = world.commit("Two", by: "alice") { commit in
      commit.files = ["b"]
      commit.trailer = "Co-authored-by: Bob Baker <bob@example.com>"
    }
    let third = world.commit("Three", by: "bob") { $0.files = ["b", "c"] }
    let path = "projects/30/repository"
    let range = try world.get("\(path)/commits?ref_name=\(first)..\(third)").json?.array ?? []
    #expect(range.map { $0["title"] } == ["Three", "Two"])
    #expect(range.last?["message"] == "Two\n\nCo-authored-by: Bob Baker <bob@example.com>\n")
    #expect(try world.get("\(path)/commits?ref_name=\(third)..\(first)").json == [])
    let comparison = try world.get("\(path)/compare?from=\(first)&to=\(third)&straight=true").json
    #expect(comparison?["diffs"]?.array?.map { $0["new_path"] } == ["b", "c"])
    #expect(comparison?["compare_timeout"] == false)
    // Back: no commits, and all that differs.
    let back = try world.get("\(path)/compare?from=\(third)&to=\(first)&straight=true").json
    #expect(back?["commits"] == [] && back?["diffs"]?.array?.count == 2)
    let iid = world.mergeRequest(by: "carol", commits: [second], labels: ["hotfix"])
    let requests = try world.get("\(path)/commits/\(second)/merge_requests").json?.array ?? []
    #expect(requests.map { $0["author"]?["username"] } == ["carol"] && requests.first?["labels"] == ["hotfix"])
    #expect(try world.get("projects/30/merge_requests/\(iid)/commits").json?.array?.map { $0["title"] } == ["Two"])
    #expect(try world.get("\(path)/commits/\(third)/merge_requests").json == [])
    world.forget(commit: first)
    #expect(try world.get("\(path)/commits/\(first)").status == 404)
    #expect(try world.get("\(path)/commits?ref_name=\(first)..\(third)").json == [])
  }
}
