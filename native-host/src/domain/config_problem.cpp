#include "domain/config_problem.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"

namespace portcullis::bff {
namespace {

/// Names and values from a hostile file must not forge log lines or control a terminal.
void append_printable(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      append_hex(out, byte);
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string to_string(const ConfigProblem& problem) {
  std::string out;
  append_printable(problem.where.file, out);
  if (problem.where.line > 0) {
    out += ':' + std::to_string(problem.where.line) + ':' + std::to_string(problem.where.column);
  }
  out += ": ";
  out += portcullis::name(problem.severity);
  out += ' ';
  out += portcullis::name(problem.code);
  out += ": ";
  append_printable(problem.message, out);
  if (!problem.pointer.empty()) {
    out += " (at ";
    append_printable(problem.pointer, out);
    out += ')';
  }
  return out;
}

std::string to_json(const std::vector<ConfigProblem>& problems) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ConfigProblem& problem : problems) {
    list.push_back({{"severity", portcullis::name(problem.severity)},
                    {"code", portcullis::name(problem.code)},
                    {"file", problem.where.file},
                    {"line", problem.where.line},
                    {"column", problem.where.column},
                    {"pointer", problem.pointer},
                    {"message", problem.message}});
  }
  return list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool has_errors(const std::vector<ConfigProblem>& problems) noexcept {
  return std::any_of(problems.begin(), problems.end(), [](const ConfigProblem& problem) {
    return problem.severity == Severity::kError;
  });
}

}  // namespace portcullis::bff
