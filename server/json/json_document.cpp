#include "sluice/server/json/json_document.hpp"

#include <string>
#include <vector>

namespace sluice {

namespace {

// Leaf by leaf: nlohmann's destructor asks for memory only where a value has elements. As deep as
// the value is nested, which its reader bounds.
void dismantle(nlohmann::json& value) noexcept {
  if (value.is_array()) {
    auto& all = value.get_ref<nlohmann::json::array_t&>();
    for (; !all.empty(); all.pop_back())
      dismantle(all.back());
  } else if (value.is_object()) {
    auto& all = value.get_ref<nlohmann::json::object_t&>();
    for (; !all.empty(); all.erase(all.begin()))
      dismantle(all.begin()->second);
  }
}

/// Builds a value that outlives it, so that a failure half way leaves it to its owner.
class builder final : public nlohmann::json_sax<nlohmann::json> {
public:
  explicit builder(nlohmann::json& root) : root_{root} {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& value) override { return add(std::move(value)); }
  bool start_object(std::size_t) override { return open(nlohmann::json::value_t::object); }
  bool start_array(std::size_t) override { return open(nlohmann::json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    member_ = &(*open_.back())[std::move(value)];
    dismantle(*member_); // of members with one name the last counts
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& failure) override {
    if (const auto* const syntax = dynamic_cast<const nlohmann::json::parse_error*>(&failure))
      throw *syntax;
    throw nlohmann::json::exception{failure}; // a number out of range
  }

private:
  template <class Value>
  bool add(Value&& value) {
    place() = std::forward<Value>(value);
    return true;
  }

  bool open(nlohmann::json::value_t type) {
    auto& made = place();
    made = type;
    open_.push_back(&made);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  /// Where the next value belongs.
  nlohmann::json& place() {
    if (open_.empty())
      return root_;
    if (auto& around = *open_.back(); around.is_array())
      return around.emplace_back();
    return *member_;
  }

  nlohmann::json& root_;
  std::vector<nlohmann::json*> open_; ///< arrays and objects, the outermost first
  nlohmann::json* member_ = nullptr;  ///< of the innermost object, whose value is next
};

} // namespace

json_document::~json_document() {
  dismantle(value_);
}

json_document json_document::parse(std::string_view text) {
  json_document made;
  builder build{made.value_};
  nlohmann::json::sax_parse(text, &build);
  return made;
}

} // namespace sluice
