//! Every built-in lint, by subject. This list is the table of contents.

use lint_api::Lint;

macro_rules! lints {
    ($($group:ident { $($lint:ident)* })*) => {
        $(
            /// The lints of one group.
            mod $group { $(pub mod $lint;)* }
        )*
        /// All of them, in the order below.
        pub static ALL: &[&Lint] = &[$($(&$group::$lint::LINT,)*)*];
    };
}

lints! {
    commands {
        channel_command
        deprecated_nix_flag
        gc_in_script
        network_in_activation
        network_in_build
        nix_env_install
        override_input_in_ci
        rebuild_without_flake
        stderr_suppressed
        unset_git_ssh_command
        upgrade_with_flake
        wrong_nix_daemon
        wrong_rebuild_tool
    }
    syntax {
        syntax_error
        undefined_name
        duplicate_key
        duplicate_formal
        self_reference
        unknown_builtin
        deprecated_builtin
        merged_rec_set
        url_literal
        legacy_let
        or_identifier
        list_application
        shadowed_constant
    }
    dead {
        unused_let
        unused_formal
        unused_at_name
        unused_argument
        unused_with
        unneeded_rec
        used_underscore
    }
    overlays {
        nixpkgs_reimport
        overlay_collision
        overlay_names_from_final
        overlay_placement
        overlay_rec
        overlay_replaces_set
        overlay_self_reference
        overlay_shape
        pkgs_in_special_args
    }
    secrets {
        plaintext_secret
        password_hash
        secret_token
        suspicious_literal
        secret_in_environment
        secret_in_text
        secret_on_command_line
        secret_path_in_store
        secret_read_at_eval
        unencrypted_secret_file
        secret_file_tracked
        sops_wiring
    }
    state {
        boot_limit_too_low
        gc_deletes_all_generations
        gc_too_young
        state_version_changed
        state_version_computed
        state_version_invalid
        state_version_missing
        state_version_newer_than_pin
    }
    hosts {
        firewall_disabled
        ssh_root_login
        ssh_password_login
        trusted_everyone
        zfs_without_hostid
        raw_device_path
        user_kind
        login_lockout
        allow_broken
        sandbox_disabled
        unsigned_substituter
        substituter_key
        disko_duplicate_device
        disko_and_filesystems
        kernel_module_mismatch
        missing_hardware
        persistence_gap
        unfree_predicate_overridden
    }
    home {
        darwin_nix_disabled
        determinate_nix_enabled
        home_two_modes
    }
    modules {
        lost_by_update
        missing_mkif
        recursive_config
        recursive_imports
        mkif_on_path
        mkif_as_value
        priority_over_condition
        incomplete_mkif
        nested_imports
        misplaced_imports
        stray_key
        missing_ellipsis
        ignored_default
        option_without_type
        option_never_read
        dead_override
    }
    files {
        dead_module
        import_cycle
        missing_import
        outside_flake
        untracked_import
    }
    flakes {
        channel_in_flake
        deprecated_output
        end_of_life_release
        fetch_without_hash
        flake_attribute
        flake_not_literal
        flake_outputs_arguments
        floating_input
        follows_missing_input
        hash_on_mutable_url
        impure_in_flake
        input_not_following
        lock_missing
        lock_out_of_sync
        per_system_hosts
        release_mismatch
        stale_lock
        unofficial_nixpkgs
        unused_input
    }
    packaging {
        build_tool_in_build_inputs
        flags_not_list
        optional_list
        pname_in_src
        flags_array_attribute
        flag_with_space
        missing_phase_hooks
        name_and_version
        ambiguous_gpl
        python_check_typo
        build_attribute_typo
        overridden_phase
        build_attribute_order
        missing_license
        missing_maintainers
        missing_patch_comment
        python_check_phase
        variable_outside_env
    }
    tidy {
        empty_let
        empty_inherit
        redundant_parens
        negated_comparison
        bool_comparison
        bool_branches
        has_attr_or
        empty_operand
        collapsible_let
        manual_inherit
        manual_inherit_from
        eta_reduction
        empty_pattern
        redundant_pattern_bind
        repeated_keys
        file_wide_with
    }
    options {
        removed_option
        renamed_option
        option_type_mismatch
        unknown_enum_value
        unknown_option
        renamed_package_attribute
    }
}
