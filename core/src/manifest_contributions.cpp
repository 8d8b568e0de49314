// Contributions to the page: routes and widgets.
#include <algorithm>
#include <optional>

#include "manifest_reader.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/path_template.hpp"
#include "portcullis/reserved.hpp"
#include "template_parse.hpp"

namespace portcullis::manifest_reader {

namespace {

// Whether two routes match the same paths: only parameter names may differ.
bool is_same_route(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i] != b[j]) return false;
    if (a[i] == ':' && i > 0 && a[i - 1] == '/') {
      i = std::min(a.find('/', i), a.size());
      j = std::min(b.find('/', j), b.size());
    } else {
      ++i;
      ++j;
    }
  }
  return i == a.size() && j == b.size();
}

std::string_view reserved_by(const PathTemplate& path) {
  for (const std::string_view prefix : reserved::kRoutePrefixes) {
    if (path.reaches(prefix)) return prefix;
  }
  for (const std::string_view exact : reserved::kRouteExact) {
    if (path.match(exact)) return exact;
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
    problems.error(problem.code, at, "The path ~ is refused: @.", {out, problem.detail});
    return false;
  }
  const std::string_view owner = reserved_by(*path);
  if (!owner.empty()) {
    problems.error(
        Code::kManifestRouteReserved, at,
        R"(~ would shadow the host's own ~; choose a path such as "/plugins/my-plugin".)",
        {out, owner});
    return false;
  }
  if (const std::string_view word = literal_parameter(out); !word.empty()) {
    problems.add(
        Severity::kWarning, Code::kTemplateLiteralColon, at.pointer(),
        filled("The path ~ matches exactly this text: @.", {out, filled(kLiteralColon, {word})}));
  }
  return true;
}

// component, resource and action, which both kinds have. `out` holds the defaults.
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
  std::vector<std::size_t> legal;  // routes with a valid path
  out.reserve(at.view.size());
  std::size_t index = 0;
  for (const json::View view : at.view.children()) {
    const At entry = at.child(view, index++);
    if (!want_object(entry, problems)) continue;
    Route& route = out.emplace_back();
    const At path = entry.child("path");
    if (read_route_path(path, problems, route.path)) {
      const bool twice = std::any_of(legal.begin(), legal.end(), [&](std::size_t other) {
        return is_same_route(out[other].path, route.path);
      });
      if (twice) {
        problems.error(Code::kManifestDuplicateRoute, path,
                       "~ is contributed twice; remove one of the two.", {route.path});
      }
      legal.push_back(out.size() - 1);
    }
    read_common(entry, problems, route);
    warn_unknown_keys(entry, {"path", "component", "resource", "action"}, problems);
  }
}

void read_widgets(const At& at, ProblemList& problems, std::vector<Widget>& out) {
  if (!at || !want_array(at, limits::kMaxWidgetsPerPlugin, problems)) return;
  out.reserve(at.view.size());
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
      problems.error(Code::kManifestDuplicateWidget, entry,
                     "~ is contributed twice to ~; remove one of the two.",
                     {widget.component, widget.slot});
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
