import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts C.1: what the approval endpoint refuses, in GitLab's order and words.
@Suite struct ApprovalTests {
  @Test func aRecordedApprovalIsAnsweredLikeTheFixture() throws {
    var world = demoWorld()
    let started = world.deploy()
    let got = try world.approve(started.deploymentID, ["status": "approved", "comment": "CHG-1042 approved by 2 of 2"])
    #expect(got.status == 201)
    #expect(shapeDifferences(got.json, try Fixture.json("api-approval-201.json")) == [])
    #expect(got.json?["comment"] == "CHG-1042 approved by 2 of 2")
  }

  @Test func theParameterStatusIsChecked() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let missing = try world.approve(id, [:])
    #expect(missing.status == 400 && missing.json == ["error": "status is missing"])
    let unknown = try world.approve(id, ["status": "maybe"])
    #expect(unknown.status == 400 && unknown.json == ["error": "status does not have a valid value"])
    let malformed = try world.call(.post, "projects/30/deployments/eight/approval", body: ["status": "approved"])
    #expect(malformed.status == 400 && malformed.json == ["error": "deployment_id is invalid"])
    #expect(world.effects.entries.isEmpty)
  }

  @Test func formBodiesAreReadToo() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    var form = request(.post, "projects/30/deployments/\(id)/approval?status=approved")
    form.body = Array("comment=two+words%21".utf8)
    let response = try world.respond(to: form, at: world.now).answer.get()
    #expect(response.status == .created)
    #expect(try JSONValue.parse(response.body)["comment"] == "two words!")
  }

  @Test func anUnprotectedEnvironmentIsNotApproved() throws {
    var world = demoWorld()
    let got = try world.approve(world.deploy("review/feature-x").deploymentID)
    #expect(got.status == 400)
    #expect(got.message == "This environment is not protected.")
  }

  @Test func withoutALicenceNothingIsProtected() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.instance.isLicensed = false
    #expect(try world.approve(id).message == "This environment is not protected.")
  }

  @Test func nobodyApprovesTheirOwnDeploymentButMayRejectIt() throws {
    var world = demoWorld()
    world.addApprovalRule(.level(.developer), environment: "production")
    let dana = world.token(for: "dana")
    let id = world.deploy().deploymentID
    let got = try world.approve(id, token: dana)
    #expect(got.status == 400)
    #expect(
      got.message
        == "You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.")
    #expect(try world.approve(id, ["status": "rejected"], token: dana).status == 201)
  }

  @Test func theTriggererMayApproveWhereTheProjectAllowsIt() throws {
    var world = demoWorld()
    world.addApprovalRule(.level(.developer), environment: "production")
    world.projects[30].allowsTriggererApproval = true
    let dana = world.token(for: "dana")
    #expect(try world.approve(world.deploy().deploymentID, token: dana).status == 201)
  }

  @Test func protectionWithoutApprovalsIsNotConfigured() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.relaxApprovalRules(environment: "production")
    #expect(try world.approve(id).message == "Deployment approvals is not configured for this environment.")
  }

  @Test func afterTheLastApprovalEverythingIsNotWaiting() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    #expect(try world.approve(id).status == 201)
    for status in ["approved", "rejected"] {
      let got = try world.approve(id, ["status": .string(status)])
      #expect(got.status == 400)
      #expect(got.json == (try Fixture.json("api-approval-400-not-waiting.json")))
    }
    #expect(world.recordedApprovals.count == 1)
  }

  @Test func whoIsInNoRuleHasNoPermission() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let alice = world.token(for: "alice")
    let got = try world.approve(id, token: alice)
    #expect(got.status == 400)
    #expect(got.message == "You don't have permission to approve this deployment. Contact the project or group owner for help.")
  }

  @Test func administratorsMayApproveEverything() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    #expect(try world.approve(world.deploy().deploymentID, token: root).status == 201)
  }

  @Test func thePermissionIsOnlyAskedWhileApprovalsArePending() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    _ = try world.approve(id)
    let alice = world.token(for: "alice")
    #expect(try world.approve(id, token: alice).message == "This deployment is not waiting for approvals.")
  }

  @Test func representedAsMustNameARule() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let got = try world.approve(id, ["status": "approved", "represented_as": "Maintainers"])
    #expect(got.status == 400)
    #expect(
      got.message == "There are no approval rules for the given `represent_as` parameter. Use a valid User/Group/Role name instead.")
    #expect(try world.approve(id, ["status": "approved", "represented_as": "Gateway"]).status == 201)
  }

  @Test func aLongCommentIsAValidationErrorInAList() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let fits = String(repeating: "é", count: 255)
    let tooLong = try world.approve(id, ["status": "approved", "comment": .string(fits + "!")])
    #expect(tooLong.status == 400)
    #expect(tooLong.json == ["message": ["Comment is too long (maximum is 255 characters)"]])
    #expect(world.effects.entries.isEmpty)
    #expect(try world.approve(id, ["status": "approved", "comment": .string(fits)]).status == 201)
  }

  @Test func whoMayNotReadDeploymentsIsForbidden() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.memberships.removeAll { $0.userID == Demo.accountID }
    world.memberships.append(World.Membership(.project(30), userID: Demo.accountID, level: .guest))
    let got = try world.approve(id)
    #expect(got.status == 403 && got.json == ["message": "403 Forbidden"])
  }

  @Test func strangersAndUnknownDeploymentsAre404() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let unknown = try world.approve(id + 1)
    #expect(unknown.status == 404 && unknown.message == "404 Not found")
    world.memberships.removeAll { $0.userID == Demo.accountID }
    let stranger = try world.approve(id)
    #expect(stranger.status == 404 && stranger.message == "404 Project Not Found")
  }

  @Test func aDeletedDeploymentIsGone() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.deleteDeployment(id)
    #expect(try world.approve(id).status == 404)
  }

  @Test func aRemovedApproverIsRefused() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.addApprovalRule(.level(.maintainer), environment: "production")
    world.removeApprover("change-gateway", environment: "production")
    #expect(try world.approve(id).message?.hasPrefix("You don't have permission to approve") == true)
  }
}
