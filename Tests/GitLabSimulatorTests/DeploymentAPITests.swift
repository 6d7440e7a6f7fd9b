import Calendar
import GitLabSimulator
import JSON
import Testing

/// Facts D.1 and D.2: the list and the single deployment.
@Suite struct DeploymentAPITests {
  @Test func theListHasTheShortEntity() throws {
    var world = demoWorld()
    _ = world.deploy()
    let got = try world.get("projects/30/deployments?status=blocked&environment=production&order_by=id&sort=desc")
    #expect(got.status == 200)
    #expect(shapeDifferences(got.json, try Fixture.json("api-deployments-list-blocked.json")) == [])
  }

  @Test func aWaitingDeploymentHasTheShapeOfTheFixture() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let got = try world.get("projects/acme%2Fpayments%2Fcheckout/deployments/\(id)").json
    #expect(shapeDifferences(got, try Fixture.json("api-deployment-get-waiting.json")) == [])
    #expect(got?["id"] == 815 && got?["pending_approval_count"] == 1)
  }

  @Test func anApprovedDeploymentHasTheShapeOfTheFixture() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    _ = try world.approve(id, ["status": "approved", "comment": "CHG-1042 approved by 2 of 2"])
    let got = try world.get("projects/30/deployments/\(id)").json
    #expect(shapeDifferences(got, try Fixture.json("api-deployment-get-approved-still-blocked.json")) == [])
    #expect(got?["status"] == "blocked" && got?["pending_approval_count"] == 0)
  }

  @Test func aPlainManualJobIsBlockedWithNothingPending() throws {
    var world = demoWorld()
    let id = world.deploy("review/feature-x", deploy: .init(isManual: true)).deploymentID
    let got = try world.get("projects/30/deployments/\(id)").json
    #expect(got?["status"] == "blocked" && got?["pending_approval_count"] == 0 && got?["deployable"]?["status"] == "manual")
    #expect(got?["approval_summary"]?["rules"] == [])
  }

  /// Facts D.2, the table of what the gate reads, row by row.
  @Test func theStateOfADeploymentFollowsItsJob() throws {
    var world = demoWorld()
    world.runner = .init(picksUpAfter: .seconds(1), runsFor: .seconds(60))
    let started = world.deploy("review/feature-x", deploy: .init(isManual: true))
    func states() throws -> [JSONValue?] {
      let got = try world.get("projects/30/deployments/\(started.deploymentID)").json
      return [got?["status"], got?["deployable"]?["status"]]
    }
    #expect(try states() == ["blocked", "manual"])
    try world.play(job: started.jobID, by: "alice")
    #expect(try states() == ["blocked", "pending"])
    world.tick(at: morning + .seconds(1))
    #expect(try states() == ["running", "running"])
    world.tick(at: morning + .seconds(61))
    #expect(try states() == ["success", "success"])
  }

  @Test func skippedAndCanceledAreSeenAndOnlyOneIsTold() throws {
    var world = demoWorld()
    let (skipped, canceled) = (world.deploy(), world.deploy("staging"))
    _ = world.takeDeliveries()
    world.skipJob(skipped.jobID)
    #expect(world.takeDeliveries().filter { $0.event != .pipeline }.isEmpty)
    world.cancelPipeline(canceled.pipelineID)
    #expect(world.takeStatuses() == ["canceled"])
    for (id, status) in [(skipped.deploymentID, "skipped"), (canceled.deploymentID, "canceled")] {
      let got = try world.get("projects/30/deployments/\(id)").json
      #expect(got?["status"] == .string(status) && got?["deployable"]?["status"] == .string(status))
    }
  }

  @Test func aDeploymentMadeThroughTheAPIHasNoJob() throws {
    var world = demoWorld()
    let id = world.recordDeployment(environment: "production", status: .success)
    let got = try world.get("projects/30/deployments/\(id)").json
    #expect(got?["deployable"] == .null && got?["user"] == .null && got?["status"] == "success")
  }

  @Test(arguments: [
    ("order_by=ref", "order_by does not have a valid value"), ("sort=up", "sort does not have a valid value"),
    ("status=approved", "status does not have a valid value"), ("updated_after=yesterday", "updated_after is invalid"),
    ("page=one", "page is invalid"),
  ])
  func valuesThatTheFrameworkRefuses(query: String, error: String) throws {
    var world = demoWorld()
    let got = try world.get("projects/30/deployments?" + query)
    #expect(got.status == 400 && got.json == ["error": .string(error)])
  }

  @Test(arguments: [
    ("updated_after=2026-09-01T00:00:00Z", "400 Bad request - `updated_at` filter requires `updated_at` sort"),
    ("finished_before=2026-09-01", "400 Bad request - `finished_at` filter requires `finished_at` sort"),
    (
      "finished_before=2026-09-01&order_by=finished_at",
      "400 Bad request - `finished_at` filter must be combined with `success` status filter."
    ),
  ])
  func combinationsThatGitLabRefuses(query: String, message: String) throws {
    var world = demoWorld()
    let got = try world.get("projects/30/deployments?" + query)
    #expect(got.status == 400 && got.message == message)
  }

  @Test func filtersAndOrdersChooseRows() throws {
    var world = demoWorld()
    let first = world.deploy().deploymentID
    world.tick(at: morning + .seconds(60))
    let second = world.deploy("staging").deploymentID
    func ids(_ query: String) throws -> [Int64?] {
      try world.get("projects/30/deployments" + query).json?.array?.map { $0["id"]?.integer } ?? []
    }
    #expect(try ids("") == [first, second])
    #expect(try ids("?sort=desc") == [second, first])
    #expect(try ids("?environment=staging") == [second])
    #expect(try ids("?environment=stag") == [])
    #expect(try ids("?status=running") == [])
    #expect(try ids("?order_by=updated_at&updated_after=2026-09-03T09:10:30Z") == [second])
    #expect(try ids("?order_by=updated_at&updated_before=2026-09-03T09:10:30.000Z") == [first])
  }

  @Test func pagesAreLinked() throws {
    var world = demoWorld()
    for _ in 0..<5 { _ = world.deploy() }
    let middle = try world.get("projects/30/deployments?status=blocked&per_page=2&page=2")
    #expect(middle.json?.array?.count == 2)
    let names = ["x-page", "x-per-page", "x-next-page", "x-prev-page", "x-total", "x-total-pages"]
    #expect(names.map { middle.header($0) } == ["2", "2", "3", "1", "5", "3"])
    let base = "<https://gitlab.example.com/api/v4/projects/30/deployments?status=blocked&page="
    let relations = [("1", "prev"), ("3", "next"), ("1", "first"), ("3", "last")]
    #expect(middle.header("Link") == relations.map { base + "\($0.0)&per_page=2>; rel=\"\($0.1)\"" }.joined(separator: ", "))
    let last = try world.get("projects/30/deployments?per_page=2&page=3")
    #expect(last.json?.array?.count == 1 && last.header("x-next-page") == "" && last.header("Link")?.contains("next") == false)
    #expect(try world.get("projects/30/deployments?per_page=1000").header("x-per-page") == "100")
    #expect(try world.get("projects/30/deployments?page=9").json == [])
  }

  @Test func manyRowsAreNotCounted() throws {
    var world = demoWorld()
    world.instance.countedRows = 2
    for _ in 0..<3 { _ = world.deploy() }
    let got = try world.get("projects/30/deployments?per_page=2")
    #expect(got.header("x-total") == nil && got.header("x-total-pages") == nil)
    #expect(got.header("Link")?.contains("rel=\"last\"") == false && got.header("Link")?.contains("rel=\"next\"") == true)
  }
}
