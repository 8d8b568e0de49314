// What the plugin adds to the page: routes and widgets.
#include <algorithm>
#include <optional>

#include "manifest_reader.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/path_template.hpp"
#include "portcullis/reserved.hpp"

namespace portcullis::manifest_reader {

namespace {

// Two routes that match the same paths: only the parameters' names may differ.
std::string shape_of(std::string_view path) {
  std::string shape;
  bool skipping = false;
  for (const char c : path) {
    if (c == '/') skipping = false;
    if (!skipping) shape += c;
    if (c == ':' && shape.size() >= 2 && shape[shape.size() - 2] == '/') skipping = true;
  }
  return shape;
}

std::string_view reserved_by(const PathTemplate& path) {
  for (const std::string_view exact : reserved::kRouteExact) {
    if (path.match(exact)) return exact;
  }
  for (const std::string_view prefix : reserved::kRoutePrefixes) {
    if (path.reaches(prefix)) return prefix;
  }
  return {};
}

bool read_route_path(const At& at, ProblemList& problems, std::string& out) {
  if (!at) {
    report_required(at, R"("path": "/my-plugin")", problems);
    return false;
  }
  if (!want_string(at, problems)) return false;
  out = std::string(at.view.text());
  TemplateProblem problem;
  const std::optional<PathTemplate> path = PathTemplate::compile(out, {}, problem);
  if (!path) {
    problems.error(problem.code, at.pointer(),
                   "The path " + quote(out) + " is refused: " + problem.detail + ".");
    return false;
  }
  const std::string_view owner = reserved_by(*path);
  if (!owner.empty()) {
    problems.error(Code::kManifestRouteReserved, at.pointer(),
                   quote(out) + " would shadow the host's own " + quote(owner) +
                       "; choose a path such as \"/plugins/my-plugin\".");
    return false;
  }
  return true;
}

// component, resource and action are the same for both kinds. The defaults stand in `out`.
template <typename Contribution>
void read_common(const At& entry, ProblemList& problems, Contribution& out) {
  const At component = entry.child("component");
  if (!component) {
    report_required(component, R"("component": "MyComponent", a name that the bundle exports)",
                    problems);
  } else {
    read_name(component, false, problems, out.component);
  }
  const At resource = entry.child("resource");
  if (resource) read_name(resource, true, problems, out.resource);
  const At action = entry.child("action");
  if (action) read_name(action, true, problems, out.action);
}

void read_routes(const At& at, ProblemList& problems, std::vector<Route>& out) {
  if (!at || !want_array(at, limits::kMaxRoutesPerPlugin, problems)) return;
  std::vector<std::string> shapes;
  std::size_t index = 0;
  for (const json::View view : at.view.children()) {
    const At entry = at.child(view, index++);
    if (!want_object(entry, problems)) continue;
    Route& route = out.emplace_back();
    const At path = entry.child("path");
    if (read_route_path(path, problems, route.path)) {
      std::string shape = shape_of(route.path);
      if (std::find(shapes.begin(), shapes.end(), shape) != shapes.end()) {
        problems.error(Code::kManifestDuplicateRoute, path.pointer(),
                       quote(route.path) + " is contributed twice; remove one of the two.");
      }
      shapes.push_back(std::move(shape));
    }
    read_common(entry, problems, route);
    warn_unknown_keys(entry, {"path", "component", "resource", "action"}, problems);
  }
}

void read_widgets(const At& at, ProblemList& problems, std::vector<Widget>& out) {
  if (!at || !want_array(at, limits::kMaxWidgetsPerPlugin, problems)) return;
  std::size_t index = 0;
  for (const json::View view : at.view.children()) {
    const At entry = at.child(view, index++);
    if (!want_object(entry, problems)) continue;
    Widget widget;
    const At slot = entry.child("slot");
    if (!slot) {
      report_required(slot, R"("slot": "dashboard.main")", problems);
    } else {
      read_name(slot, false, problems, widget.slot);
    }
    read_common(entry, problems, widget);
    const bool complete = !widget.slot.empty() && !widget.component.empty();
    const bool twice = complete && std::any_of(out.begin(), out.end(), [&](const Widget& other) {
                         return other.slot == widget.slot && other.component == widget.component;
                       });
    if (twice) {
      problems.error(Code::kManifestDuplicateWidget, entry.pointer(),
                     quote(widget.component) + " is contributed twice to " + quote(widget.slot) +
                         "; remove one of the two.");
    }
    out.push_back(std::move(widget));
    warn_unknown_keys(entry, {"slot", "component", "resource", "action"}, problems);
  }
}

}  // namespace

void read_contributions(const At& root, ProblemList& problems, Manifest& out) {
  const At at = root.child("contributions");
  if (!at || !want_object(at, problems)) return;
  read_routes(at.child("routes"), problems, out.routes);
  read_widgets(at.child("widgets"), problems, out.widgets);
  warn_unknown_keys(at, {"routes", "widgets"}, problems);
}

}  // namespace portcullis::manifest_reader
