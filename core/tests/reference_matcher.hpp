// The allow-list without a trie: tries every rule and compares the matches segment by segment. A
// reference for tests and fuzzers.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/allow_list.hpp"
#include "re2/re2.h"
#include "reference_path.hpp"

namespace portcullis::reference {

/// "/a/b/" is {a, b} with a trailing slash.
struct Split {
  std::vector<std::string> segments;
  bool slash = false;
};

inline Split split_path(std::string_view path) {
  Split out{split(path), false};
  out.slash = out.segments.back().empty();
  if (out.slash) out.segments.pop_back();
  return out;
}

inline std::string decode(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (is_triplet(segment, i)) {
      out += static_cast<char>(byte_of(segment, i));
      i += 2;
    } else {
      out += segment[i];
    }
  }
  return out;
}

/// The patterns of spec/shapes.json, plus what patterns cannot express: 64 bits and the calendar.
inline bool has_shape(NamedShape shape, const std::string& value) {
  const ShapeInfo& info = kShapes[static_cast<std::size_t>(shape)];
  if (value.size() > info.max_bytes) return false;
  static const std::vector<std::unique_ptr<re2::RE2>> patterns = [] {
    std::vector<std::unique_ptr<re2::RE2>> all;
    for (const std::string_view each : kShapePatterns)
      all.push_back(std::make_unique<re2::RE2>(each));
    return all;
  }();
  if (!re2::RE2::FullMatch(value, *patterns[static_cast<std::size_t>(shape)])) return false;
  if (shape == NamedShape::kInt) {
    errno = 0;
    (void)std::strtoll(value.c_str(), nullptr, 10);
    return errno != ERANGE;
  }
  if (shape != NamedShape::kDate) return true;
  const int year = std::stoi(value.substr(0, 4));
  const int month = std::stoi(value.substr(5, 2));
  const int day = std::stoi(value.substr(8, 2));
  if (month == 2) {
    const bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    return day <= (leap ? 29 : 28);
  }
  return day <= (month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31);
}

class Matcher {
 public:
  explicit Matcher(const std::vector<ApiRule>& rules) : rules_(rules) {
    for (const ApiRule& rule : rules) keys_.push_back(keys_of(rule));
  }

  int find(Method method, std::string_view path) const {
    int best = -1;
    for (int rule = 0; rule < static_cast<int>(rules_.size()); ++rule) {
      const Method named = rules_[at(rule)].method;
      const bool covers = named == method || (named == Method::kGet && method == Method::kHead);
      if (!covers || !matches(rule, path)) continue;
      if (best < 0 || beats(rule, best, method)) best = rule;
    }
    return best;
  }

  bool matches(int rule, std::string_view path) const {
    const ApiRule& source = rules_[at(rule)];
    const Split wanted = split_path(source.path);
    const Split given = split_path(path);
    const bool tail = !wanted.slash && !wanted.segments.empty() && wanted.segments.back() == "*";
    if (tail ? given.segments.size() < wanted.segments.size()
             : given.segments.size() != wanted.segments.size() || given.slash != wanted.slash) {
      return false;
    }
    for (std::size_t i = 0; i < wanted.segments.size(); ++i) {
      const std::string& segment = wanted.segments[i];
      if (segment == "*") continue;
      if (segment[0] != ':') {
        if (segment != given.segments[i]) return false;
        continue;
      }
      const ParamSpec* spec = spec_of(source, segment.substr(1));
      if (spec != nullptr && !fits(*spec, decode(given.segments[i]))) return false;
    }
    return true;
  }

 private:
  static std::size_t at(int rule) { return static_cast<std::size_t>(rule); }

  static const ParamSpec* spec_of(const ApiRule& rule, const std::string& name) {
    for (const ParamSpec& spec : rule.params) {
      if (spec.name == name) return &spec;
    }
    return nullptr;
  }

  static bool fits(const ParamSpec& spec, const std::string& value) {
    switch (spec.kind) {
      case ParamSpec::kNamed:
        return has_shape(spec.named, value);
      case ParamSpec::kChoices:
        return std::find(spec.choices.begin(), spec.choices.end(), value) != spec.choices.end();
      case ParamSpec::kRegex:
        return re2::RE2::FullMatch(value, spec.regex);
    }
    return false;
  }

  /// What each segment requires, without parameter names. The first letter is its rank.
  static std::vector<std::string> keys_of(const ApiRule& rule) {
    std::vector<std::string> keys;
    const Split wanted = split_path(rule.path);
    for (std::size_t i = 0; i < wanted.segments.size(); ++i) {
      const std::string& segment = wanted.segments[i];
      if (segment == "*") {
        keys.push_back(i + 1 == wanted.segments.size() && !wanted.slash ? "4" : "3");
      } else if (segment[0] != ':') {
        keys.push_back("1" + segment);
      } else if (const ParamSpec* spec = spec_of(rule, segment.substr(1)); spec == nullptr) {
        keys.push_back("2any");
      } else if (spec->kind == ParamSpec::kNamed) {
        keys.push_back("2named " + std::string(name(spec->named)));
      } else if (spec->kind == ParamSpec::kRegex) {
        keys.push_back("2regex " + spec->regex);
      } else {
        std::vector<std::string> choices = spec->choices;
        std::sort(choices.begin(), choices.end());
        choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
        std::string key = "2choices";
        for (const std::string& choice : choices) key += '/' + choice;
        keys.push_back(key);
      }
    }
    return keys;
  }

  /// The first rule with the same `count` first keys.
  std::size_t first_with(const std::vector<std::string>& keys, std::size_t count) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].size() >= count &&
          std::equal(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count),
                     keys_[i].begin())) {
        return i;
      }
    }
    return keys_.size();
  }

  /// Whether `a` takes precedence over `b`; both match.
  bool beats(int a, int b, Method method) const {
    const std::vector<std::string>& x = keys_[at(a)];
    const std::vector<std::string>& y = keys_[at(b)];
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (x[i] == y[i]) continue;
      if (x[i][0] != y[i][0]) return x[i][0] < y[i][0];
      return first_with(x, i + 1) < first_with(y, i + 1);
    }
    if (rules_[at(a)].method != rules_[at(b)].method) return rules_[at(a)].method == method;
    return a < b;
  }

  std::vector<ApiRule> rules_;
  std::vector<std::vector<std::string>> keys_;
};

}  // namespace portcullis::reference
