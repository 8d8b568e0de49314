#include "explain.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "filled.hpp"
#include "json.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/path_template.hpp"

namespace portcullis::explain {
namespace {

/// Escapes any bytes as printable ASCII of bounded length.
std::string printable(std::string_view text) {
  constexpr std::size_t kMax = 200;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, kMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  if (text.size() > kMax) out += "...";
  return out;
}

std::string_view advice(Code code) {
  switch (code) {
    case Code::kPathTooLong:
      return "shorten the path or move data into the query or the body";
    case Code::kPathNotAbsolute:
      return "start the target with '/', without scheme and host";
    case Code::kPathControlByte:
      return "remove the control byte";
    case Code::kPathNonAscii:
      return "percent-encode it as UTF-8";
    case Code::kPathBackslash:
      return "write '/' if a separator is meant";
    case Code::kPathFragment:
      return "remove the fragment before the call";
    case Code::kPathSemicolon:
      return "send parameters in the query";
    case Code::kPathIllegalByte:
      return "percent-encode it";
    case Code::kPathPercentMalformed:
      return "write a literal '%' as %25";
    case Code::kPathEncodedSlash:
    case Code::kPathEncodedBackslash:
    case Code::kPathEncodedSemicolon:
    case Code::kPathEncodedFragment:
    case Code::kPathEncodedQuestion:
      return "it is never decoded, because servers disagree on its meaning; use a "
             "numeric id or send the value as a query parameter";
    case Code::kPathEncodedControl:
      return "remove the control byte";
    case Code::kPathDoubleEncoded:
      return "encode each value once only; one with '%' before two hexadecimal digits can only be "
             "a query parameter";
    case Code::kPathInvalidUtf8:
      return "encode text as UTF-8 before percent-encoding it";
    case Code::kPathEmptyAndDotSegment:
      return "resolve '.' and '..' and drop '//' before the call";
    case Code::kPathAboveRoot:
      return "resolve '..' before the call";
    case Code::kQueryTooLong:
      return "move data into the body";
    case Code::kQueryIllegalByte:
      return "percent-encode it";
    default:
      return "";
  }
}

std::string rule_text(const AllowList& api, int rule) {
  return filled("permissions.api[@] @ @",
                {static_cast<std::size_t>(rule), name(api.method(rule)), api.text(rule)});
}

std::string entry_text(const TopicList& sse, int entry) {
  return filled("permissions.sse[@] @", {static_cast<std::size_t>(entry), sse.text(entry)});
}

/// A rule that allows exactly this path. A segment that a template would read as ':name' or '*'
/// becomes a parameter with that one value.
struct Suggestion {
  std::string path;
  std::vector<ParamSpec> params;
};

Suggestion exact_rule(std::string_view path) {
  Suggestion rule;
  for (std::size_t at = 1; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    rule.path += '/';
    if (segment.front() == ':' || segment.find('*') != std::string_view::npos) {
      ParamSpec spec;
      spec.name = filled("value@", {rule.params.size() + 1});
      spec.kind = ParamSpec::kChoices;
      percent_decode_segment(segment, spec.choices.emplace_back());
      rule.path += ':' + spec.name;
      rule.params.push_back(std::move(spec));
    } else {
      rule.path += segment;
    }
    at = end + 1;
  }
  if (path.back() == '/') rule.path += '/';
  return rule;
}

std::string how_to_allow(std::string_view method, std::string_view path) {
  const Suggestion rule = exact_rule(path);
  TemplateProblem problem;
  const auto compiled = PathTemplate::compile(rule.path, rule.params, problem);
  if (!compiled) return "no rule can name this path exactly; allow one that ends in '*'";
  if (compiled->reaches_reserved()) {
    return "no rule can allow it: /auth, /access and /api/plugins belong to the host";
  }
  json::Writer writer;
  writer.begin_object().key("method").string(method).key("path").string(rule.path);
  if (!rule.params.empty()) {
    writer.key("params").begin_object();
    for (const ParamSpec& spec : rule.params) {
      writer.key(spec.name).begin_array().string(spec.choices.front()).end_array();
    }
    writer.end_object();
  }
  writer.end_object();
  return filled("to allow it add @ to permissions.api", {writer.text()});
}

std::string how_to_allow_topic(std::string_view path) {
  std::vector<TopicProblem> problems;
  if (TopicList::compile({std::string(path)}, &problems)) {
    std::string entry;
    json::append_string(entry, path);
    return filled("to allow it add @ to permissions.sse", {entry});
  }
  return problems.front().code == Code::kTopicReserved
             ? "no entry can allow it: /auth, /access and /api/plugins belong to the host"
             : "no entry can name this path exactly; add the part before the wildcard";
}

std::string denied(std::string_view what, std::string_view path, std::string_view why,
                   std::string_view how) {
  return filled("@ @ is not allowed; @@@.", {what, path, why, how.empty() ? "" : "; ", how});
}

}  // namespace

std::string rejected_target(std::string_view what, std::string_view target, Code code,
                            std::size_t offset) {
  std::string place;
  if (offset < target.size() && code != Code::kPathTooLong && code != Code::kQueryTooLong) {
    const std::size_t size = target[offset] == '%' ? 3 : 1;
    place = filled(" ('@')", {printable(target.substr(offset, size))});
  }
  return filled("@ @ is rejected: @ at byte @@; @.",
                {printable(what), printable(target), name(code), offset, place, advice(code)});
}

std::string allowed_call(const AllowList& api, int rule, std::string_view method,
                         std::string_view path) {
  return filled("@ @ is allowed by @.", {method, path, rule_text(api, rule)});
}

std::string denied_call(const AllowList& api, std::string_view method, std::string_view path) {
  const std::optional<Method> known = parse_method(method);
  if (!known) {
    return denied(printable(method), path,
                  "rules can name GET, HEAD, POST, PUT, PATCH and DELETE, in capitals", "");
  }
  std::string why;
  if (api.size() == 0) {
    why = "the plugin has no permissions.api rules";
  } else if (const int near = api.nearest(known, path); near >= 0) {
    const std::string remark = api.remark(near, path);
    why = filled("nearest rule: @", {rule_text(api, near)});
    if (!remark.empty()) why += filled(" (@)", {remark});
  } else {
    why = "no permissions.api rule is similar";
  }
  return denied(printable(method), path, why, how_to_allow(method, path));
}

std::string allowed_topic(const TopicList& sse, int entry, std::string_view path) {
  return filled("event stream @ is allowed by @.", {path, entry_text(sse, entry)});
}

std::string denied_topic(const TopicList& sse, std::string_view path) {
  std::string why;
  if (sse.size() == 0) {
    why = "the plugin has no permissions.sse entries";
  } else if (const int near = sse.nearest(path); near >= 0) {
    why = filled("nearest entry: @", {entry_text(sse, near)});
  } else {
    why = "no permissions.sse entry is similar";
  }
  return denied("event stream", path, why, how_to_allow_topic(path));
}

}  // namespace portcullis::explain
