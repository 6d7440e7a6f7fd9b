internal import JSON

/// What a project's own entity tells of the plan that it is in.
package struct ProjectAttributes: Sendable, Hashable {
  /// "Allow pipeline triggerer to approve deployment"; nil where GitLab does not show it.
  package var allowsTriggererApproval: Bool?
  /// Whether the entity has what GitLab's licensed edition shows of each project, whatever its plan: then nothing was cut from it on the way.
  package var isWhole = false
  /// Whether its CI/CD or its repository is switched off: nothing can be deployed there, and GitLab shows nobody its environments. Without the feature
  /// "Environments" alone jobs deploy all the same (`Environments::CreateForJobService` asks for no ability), only unseen.
  package var isSwitchedOff = false

  /// The groups that were invited to it, by their ids; nil where GitLab does not show them. Those invited to a group above are none of it.
  package var invitedGroups: Set<Int64>?

  package init() {}

  init(_ value: JSONValue) {
    allowsTriggererApproval = value["allow_pipeline_trigger_approve_deployment"]?.bool
    isWhole = ["compliance_frameworks", "security_and_compliance_enabled", "requirements_enabled"].contains { value[$0] != nil }
    invitedGroups = value["shared_with_groups"]?.array.map { Set($0.compactMap { $0.id("group_id") }) }
    isSwitchedOff = ["repository", "builds"].contains { value["\($0)_access_level"]?.string == "disabled" }
  }

  /// Whether the plan certainly has no protected environments: GitLab shows the setting by the same rule by which it holds deployments, and lists
  /// what is protected all the same after a licence has ended.
  package func lacksProtectedEnvironments(in version: GitLabVersion?) -> Bool {
    isWhole && allowsTriggererApproval == nil && version?.showsTriggererApproval == true
  }
}
