#pragma once

#include <caf/resumable.hpp>

#include <cstddef>
#include <functional>
#include <utility>

namespace sluice::testing {

/// Is resumed so often, and counts who holds it.
class scripted_job final : public caf::resumable {
public:
  explicit scripted_job(std::function<resume_result(std::size_t)> script)
    : script_{std::move(script)} {}
  resume_result resume(caf::execution_unit*, std::size_t messages) override {
    return script_(messages);
  }
  void intrusive_ptr_add_ref_impl() override { ++references; }
  void intrusive_ptr_release_impl() override { --references; }
  int references = 1; ///< the one that a loop takes over

private:
  std::function<resume_result(std::size_t)> script_;
};

} // namespace sluice::testing
