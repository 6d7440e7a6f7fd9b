internal import ChangeControl
internal import JSON

/// A question as the outbox keeps it. The same question is the same text: that is what makes it one row.
extension Question {
  var json: JSONValue {
    switch self {
    case .members(.group(let group)):
      ["group": .string(group.path), "inheritance": .integer(Int64(group.inheritance.rawValue))]
    case .members(.project(let id)): ["project": .integer(id)]
    case .members(.administrators): ["administrators": true]
    case .person(let username): ["person": .string(username.lowercased())]
    case .contributions(let identity, let environment, let sha):
      [
        "deployment": .integer(identity.deployment), "of_project": .integer(identity.project), "environment": .string(environment),
        "sha": .string(sha),
      ]
    }
  }

  init?(json: JSONValue, instance: String) {
    if let path = json["group"]?.string,
      let inheritance = json["inheritance"]?.integer.flatMap({ GitLabGroup.Inheritance(rawValue: Int($0)) })
    {
      self = .members(.group(GitLabGroup(path: path, inheritance: inheritance)))
    } else if let id = json["project"]?.integer {
      self = .members(.project(id))
    } else if json["administrators"] != nil {
      self = .members(.administrators)
    } else if let username = json["person"]?.string {
      self = .person(username)
    } else if let deployment = json["deployment"]?.integer, let project = json["of_project"]?.integer,
      let environment = json["environment"]?.string, let sha = json["sha"]?.string
    {
      self = .contributions(
        DeploymentIdentity(instance: instance, project: project, deployment: deployment), environment: environment, sha: sha)
    } else {
      return nil
    }
  }
}
