import ChangeControl
import HTTPMessages
import JSON

@testable import GitLab

/// One deployment in a GitLab that does as the facts say, small enough to be seen through: enough to ask whether an effect stands.
final class FakeGitLab {
  static let identity = DeploymentIdentity(instance: "main", project: 30, deployment: 815)
  static let sha = "279484c09fbe69ededfced8c1bb6e6d24616b468"
  static let account = Int64(97)

  var status = "blocked"
  var pending = 1
  var jobStatus = "manual"
  var jobUser = Int64(12)
  var approvals: [JSONValue] = []
  /// How often each POST was carried out.
  var effects: [String] = []

  func answer(_ request: Request) -> Answer {
    let path = request.head.path ?? ""
    if request.head.method == .get, path.hasSuffix("/deployments/815") { return .json(200, deployment) }
    if request.head.method == .post, path.hasSuffix("/approval") { return decide(request) }
    if request.head.method == .post, path.hasSuffix("/play") { return play() }
    if request.head.method == .post, path.hasSuffix("/cancel") { return cancel() }
    return .message(404, "404 Not Found")
  }

  private func decide(_ request: Request) -> Answer {
    guard pending > 0 else { return .message(400, "This deployment is not waiting for approvals.") }
    guard let body = try? JSONValue.parse(request.body), let verdict = body["status"]?.string else { return .message(400, "no status") }
    effects.append(verdict)
    let approval = Self.approval(by: Self.account, verdict, comment: body["comment"]?.string)
    approvals.append(approval)
    if verdict == "approved" { pending -= 1 } else { (status, jobStatus) = ("failed", "failed") }
    return .json(201, approval)
  }

  private func play() -> Answer {
    guard jobStatus == "manual", pending == 0 else { return .message(400, "400 Bad request - Unplayable Job") }
    effects.append("play")
    (status, jobStatus, jobUser) = ("running", "running", Self.account)
    return .json(200, ["id": 79601, "status": "pending"])
  }

  private func cancel() -> Answer {
    // What is over, GitLab answers with as it is.
    if status == "blocked" {
      effects.append("cancel")
      (status, jobStatus) = ("canceled", "canceled")
    }
    return .json(201, ["id": 79601, "status": .string(jobStatus)])
  }

  static func approval(by user: Int64, _ status: String, comment: String?) -> JSONValue {
    ["user": ["id": .integer(user), "username": .string("user\(user)")], "status": .string(status), "comment": .optional(comment)]
  }

  var deployment: JSONValue {
    [
      "id": 815, "iid": 61, "sha": .string(Self.sha), "ref": "main", "status": .string(status),
      "user": ["id": 12, "username": "dana", "name": "Dana Developer"],
      "environment": ["id": 9, "name": "production"],
      "deployable": ["id": 79601, "name": "deploy", "status": .string(jobStatus), "user": ["id": .integer(jobUser), "username": "u"]],
      "pending_approval_count": .integer(Int64(pending)),
      "approvals": .array(approvals),
    ]
  }
}
