#include "domain/route_table.hpp"

#include <algorithm>

#include "portcullis/path_prefix.hpp"
#include "portcullis/path_template.hpp"
#include "portcullis/reserved.hpp"

namespace portcullis::bff {
namespace {

void report(const RouteRule& rule, Code code, std::string message,
            std::vector<ConfigProblem>& problems) {
  const auto same = [&](const ConfigProblem& problem) {
    return problem.code == code && problem.pointer == rule.pointer && problem.message == message;
  };
  // A rule is compiled once per tenant and method; report its problem once.
  if (std::any_of(problems.begin(), problems.end(), same)) return;
  problems.push_back({Severity::kError, code, rule.where, rule.pointer, std::move(message)});
}

bool is_for(const RouteRule& rule, const std::string& tenant) {
  return rule.tenants.empty() ||
         std::find(rule.tenants.begin(), rule.tenants.end(), tenant) != rule.tenants.end();
}

}  // namespace

bool RouteRule::strips(std::string_view canonical_path) const {
  return !strip_prefix.empty() && at_or_below(canonical_path, strip_prefix);
}

std::string_view RouteRule::forwarded(std::string_view canonical_path) const {
  if (!strips(canonical_path)) return canonical_path;
  canonical_path.remove_prefix(strip_prefix.size());
  return canonical_path.empty() ? std::string_view("/") : canonical_path;
}

bool RouteTable::is_host_path(std::string_view canonical_path) noexcept {
  return at_or_below_any(canonical_path, reserved::kHostPrefixes);
}

RouteTable RouteTable::build(std::vector<RouteRule> rules, const std::vector<std::string>& tenants,
                             std::vector<ConfigProblem>& problems) {
  RouteTable table;
  std::vector<bool> usable(rules.size(), true);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const RouteRule& rule = rules[i];
    TemplateProblem problem;
    const auto compiled = PathTemplate::compile(rule.path, rule.params, problem);
    usable[i] = false;
    if (!compiled) {
      report(rule, problem.code, problem.detail, problems);
    } else if (std::any_of(reserved::kHostPrefixes.begin(), reserved::kHostPrefixes.end(),
                           [&](std::string_view prefix) { return compiled->reaches(prefix); })) {
      report(rule, Code::kTemplateReserved,
             "the path would reach /auth, /access, /api/plugins or /api/configs, which the server "
             "answers itself; name routes further down, such as /api/sales/*",
             problems);
    } else {
      usable[i] = true;
    }
  }
  for (const std::string& tenant : tenants) {
    auto lists = std::make_shared<PerTenant>();
    for (std::size_t m = 0; m < kMethods; ++m) {
      const auto method = static_cast<Method>(m);
      PerMethod& mine = (*lists)[m];
      std::vector<ApiRule> entries;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        const RouteRule& rule = rules[i];
        const bool has_method =
            std::find(rule.methods.begin(), rule.methods.end(), method) != rule.methods.end();
        if (!usable[i] || !has_method || !is_for(rule, tenant)) continue;
        mine.rule_of.push_back(i);
        entries.push_back({method, rule.path, rule.params});
      }
      std::vector<RuleProblem> found;
      std::optional<AllowList> list = AllowList::compile(entries, &found);
      for (const RuleProblem& problem : found) {
        const std::size_t at = std::min(problem.rule, entries.size() - 1);
        report(rules[mine.rule_of[at]], problem.problem.code, problem.problem.detail, problems);
      }
      if (list) mine.list = *std::move(list);
    }
    table.tenants_.emplace(tenant, std::move(lists));
  }
  table.rules_ = std::move(rules);
  return table;
}

const RouteRule* RouteTable::find_in(const PerTenant& lists, Method method,
                                     std::string_view canonical_path) const {
  const PerMethod& mine = lists[static_cast<std::size_t>(method)];
  const int found = mine.list.find(method, canonical_path);
  if (found >= 0) return &rules_[mine.rule_of[static_cast<std::size_t>(found)]];
  if (method == Method::kHead) return find_in(lists, Method::kGet, canonical_path);
  return nullptr;
}

RouteTable::Match RouteTable::find(std::string_view tenant, std::string_view method,
                                   std::string_view canonical_path) const {
  Match match;
  const auto lists = tenants_.find(tenant);
  if (lists == tenants_.end() || is_host_path(canonical_path)) return match;
  if (const std::optional<Method> known = parse_method(method)) {
    match.rule = find_in(*lists->second, *known, canonical_path);
    if (match.rule != nullptr) return match;
  }
  for (std::size_t m = 0; m < kMethods; ++m) {
    const auto other = static_cast<Method>(m);
    if (find_in(*lists->second, other, canonical_path) == nullptr) continue;
    match.other_methods = true;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += name(other);
  }
  return match;
}

}  // namespace portcullis::bff
