internal import JSON

extension World {
  /// A lifecycle event of a deployment (facts A.3).
  mutating func sendDeploymentHook(_ deployment: Deployment, status: String) {
    send(.deployment, project: deployment.projectID, payload: .object(deploymentHook(deployment, status: status)))
  }

  /// One recorded approval or rejection: 19.3 with a licence. `status` mirrors the approval, not the deployment.
  mutating func sendApprovalHook(_ approval: Approval, of deployment: Deployment) {
    guard instance.release == .v19, instance.isLicensed else { return }
    var payload = deploymentHook(deployment, status: approval.status.rawValue)
    payload.append("approver", hookUser(users[approval.userID]))
    payload.append(
      "approval",
      [
        "id": .integer(approval.id),
        "status": .string(approval.status.rawValue),
        "comment": .optional(approval.comment),
        "created_at": .string(approval.createdAt.isoWithoutFraction),
        "approval_rule": hookRule(approval.ruleID, of: deployment),
      ])
    send(.deployment, project: deployment.projectID, payload: .object(payload))
  }

  private func deploymentHook(_ deployment: Deployment, status: String) -> JSONObject {
    let environment = environments[deployment.environmentID]
    let project = projects[deployment.projectID]
    let job = jobs.find(deployment.jobID)
    // The job's user first: a play changes it, while the deployment keeps who triggered it.
    let user = users.find(job?.userID ?? deployment.userID)
    let commit = commits[deployment.sha]
    return [
      "object_kind": "deployment",
      "status": .string(status),
      "status_changed_at": .string(instance.hookTime == .ruby ? now.rubyTime : now.isoWithoutFraction),
      "deployment_id": .integer(deployment.id),
      "deployable_id": .optional(deployment.jobID),
      "deployable_url": .optional(job.map { webURL(of: project) + "/-/jobs/\($0.id)" }),
      "environment": .string(environment.name),
      "environment_tier": .string(environment.tier),
      "environment_slug": .string(environment.slug),
      "environment_external_url": .optional(environment.externalURL),
      "project": .object(hookProject(project, withOldNames: true)),
      "short_sha": .string(String(deployment.sha.prefix(8))),
      "user": user.map(hookUser) ?? .null,
      "user_url": .optional(user.map { instance.baseURL + "/" + $0.username }),
      "commit_url": .optional(commit.map { webURL(of: project) + "/-/commit/" + $0.sha }),
      "commit_title": .optional(commit?.title),
      "ref": .string(deployment.ref),
    ]
  }

  private func hookRule(_ ruleID: Int64?, of deployment: Deployment) -> JSONValue {
    let rules = approvalRules(of: environments[deployment.environmentID])
    guard let rule = rules.first(where: { $0.id == ruleID }) else { return .null }
    var object: JSONObject = ["id": .integer(rule.id)]
    for member in holderMembers(rule).members { object.append(member.name, member.value) }
    object.append("required_approvals", .integer(rule.requiredApprovals))
    object.append("group_inheritance_type", .integer(rule.groupInheritance))
    return .object(object)
  }

  /// The four members that say whom a rule speaks of, in hooks and in the API.
  func holderMembers(_ rule: AccessRule) -> JSONObject {
    var (userID, groupID, level): (Int64?, Int64?, Int64?)
    switch rule.holder {
    case .user(let id): userID = id
    case .group(let id): groupID = id
    case .level(let value): level = value.rawValue
    }
    return [
      "user_id": .optional(userID),
      "group_id": .optional(groupID),
      "access_level": .optional(level),
      "access_level_description": .string(displayName(of: rule.holder)),
    ]
  }

  func avatarURL(_ user: User) -> String { instance.baseURL + "/uploads/-/system/user/avatar/\(user.id)/avatar.png" }

  func hookUser(_ user: User) -> JSONValue {
    [
      "id": .integer(user.id),
      "name": .string(user.name),
      "username": .string(user.username),
      "avatar_url": .string(avatarURL(user)),
      "email": .string(user.showsEmail ? user.email : "[REDACTED]"),
    ]
  }

  /// Deployment and push hooks also carry the members of the time before `web_url`.
  func hookProject(_ project: Project, withOldNames: Bool) -> JSONObject {
    let web = webURL(of: project)
    let ssh = sshURL(of: project)
    var object: JSONObject = [
      "id": .integer(project.id),
      "name": .string(project.path),
      "description": .string(project.description),
      "web_url": .string(web),
      "avatar_url": .null,
      "git_ssh_url": .string(ssh),
      "git_http_url": .string(web + ".git"),
      "namespace": .string(groups[project.groupID].name),
      "visibility_level": 0,
      "path_with_namespace": .string(fullPath(of: project)),
      "default_branch": .string(project.defaultBranch),
      "ci_config_path": "",
    ]
    guard withOldNames else { return object }
    object.append("homepage", .string(web))
    object.append("url", .string(ssh))
    object.append("ssh_url", .string(ssh))
    object.append("http_url", .string(web + ".git"))
    return object
  }

  func sshURL(of project: Project) -> String { "git@" + host + ":" + fullPath(of: project) + ".git" }

  var host: String {
    let afterScheme = instance.baseURL.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
    return String(afterScheme.split(separator: ":").first ?? afterScheme)
  }
}
