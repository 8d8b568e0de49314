#include "adapters/log/log_telemetry.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "domain/metrics.hpp"

namespace portcullis::bff {

std::string to_json_line(const TelemetryEvent& event) {
  using Json = nlohmann::ordered_json;
  Json line{{"at", format_rfc3339(event.received_at)},
            {"event", "telemetry"},
            {"tenant", event.tenant},
            {"plugin_id", event.plugin_id},
            {"version", event.version},
            {"subject", event.subject_id},
            {"request_id", event.request_id},
            {"name", event.name}};
  if (!event.at.empty()) line["client_at"] = event.at;
  // ASCII only, like the audit log: a plugin's text must not look like a line end to any reader.
  std::string text = line.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (!event.props_json.empty()) {
    // Not the ordered type, whose objects are searched linearly for each key.
    const auto props = nlohmann::json::parse(event.props_json, nullptr, false);
    text.pop_back();
    text.append(",\"props\":")
        .append(props.is_discarded()
                    ? "null"
                    : props.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace))
        .append("}");
  }
  return text;
}

namespace {

/// The maximum size of a text in the log, where everything but printable ASCII is \uXXXX.
std::size_t logged(std::string_view text) {
  std::size_t bytes = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // Two bytes of UTF-8 become one escape, four become two.
    bytes += byte >= 0x80 ? 3 : byte < 0x20 || byte == 0x7f ? 6 : 1;
  }
  return bytes;
}

}  // namespace

LogTelemetry::LogTelemetry(Metrics& metrics, Output output, std::size_t capacity,
                           const Clock& clock)
    : metrics_(metrics),
      clock_(clock),
      output_(output ? std::move(output)
                     : Output([](std::string_view line) { spdlog::info("{}", line); })),
      budget_(clock),
      worker_(capacity, [this](TelemetryEvent& event) { output_(to_json_line(event)); }) {}

bool LogTelemetry::submit(TelemetryEvent event) {
  // push() moves the event; its labels are needed afterwards.
  const std::string tenant = event.tenant;
  const std::string plugin_id = event.plugin_id;
  const std::string version = event.version;
  // The framing around these texts is about kLineBytes.
  const std::size_t bytes = LogBudget::kLineBytes + logged(event.name) + logged(event.props_json) +
                            event.at.size() + event.subject_id.size();
  bool accepted = budget_.take(tenant, plugin_id, event.subject_id, bytes);
  if (accepted && !worker_.push(std::move(event))) {
    budget_.count_dropped(tenant, plugin_id);
    accepted = false;
  }
  metrics_.telemetry({tenant, plugin_id, version}, accepted ? 1 : 0, accepted ? 0 : 1);
  return accepted;
}

void LogTelemetry::sweep() {
  for (const LogBudget::Dropped& dropped : budget_.sweep()) {
    const nlohmann::ordered_json line{{"at", format_rfc3339(clock_.wall())},
                                      {"event", "telemetry_dropped"},
                                      {"tenant", dropped.tenant},
                                      {"plugin_id", dropped.plugin_id},
                                      {"dropped", dropped.lines}};
    output_(line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  }
}

}  // namespace portcullis::bff
