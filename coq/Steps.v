(* The tactics that replay the steps of a proof, and the lemmas behind them. *)
From Coq Require Import Reals Lra Lia List FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Stein Require Import Base.
Open Scope R_scope.

(* Combinations of means, summand by summand. *)
Lemma linear_last (P : law) (c : R) (g : R -> R) :
  ex_E P g -> ex_E P (fun x => c * g x) /\ E P (fun x => c * g x) = c * E P g.
Proof. intros H. split; [now apply ex_E_scal | now apply E_scal]. Qed.

Lemma linear_more (P : law) (c : R) (h : R -> R) (r : R) (g : R -> R) :
  ex_E P g -> ex_E P h /\ E P h = r ->
  ex_E P (fun x => c * g x + h x) /\ E P (fun x => c * g x + h x) = c * E P g + r.
Proof. intros G [H <-]. now apply E_linear. Qed.

Lemma constant_last (P : law) (c : R) :
  probability P -> ex_E P (fun _ => c * 1) /\ E P (fun _ => c * 1) = c * 1.
Proof. apply E_const. Qed.

Lemma constant_more (P : law) (c : R) (h : R -> R) (r : R) :
  probability P -> ex_E P h /\ E P h = r ->
  ex_E P (fun x => c * 1 + h x) /\ E P (fun x => c * 1 + h x) = c * 1 + r.
Proof.
  intros [H1 H2] H. destruct (linear_more P c h r (fun _ => 1) H1 H) as [K1 K2].
  split; [exact K1 |]. now rewrite K2, H2.
Qed.

Lemma E_zero (P : law) : E P (fun _ => 0) = 0.
Proof.
  unfold E. rewrite (Lim_seq_ext _ (fun _ => 0)); [now rewrite Lim_seq_const |].
  intros n. rewrite (partial_ext P _ (fun _ => 0)) by (intros; unfold weighted; ring).
  destruct P as [lo hi p | lo hi p | l p]; simpl.
  - rewrite RInt_const. unfold scal; simpl. unfold mult; simpl. ring.
  - rewrite (sum_n_ext _ (fun _ => 0)); [rewrite sum_n_const; ring |].
    intros k. unfold cut. destruct hi as [b | | ]; [destruct (Rle_dec _ b) | |]; reflexivity.
  - induction l as [| a l IH]; simpl; [reflexivity | rewrite IH; ring].
Qed.

Lemma E_equal (P Q : law) (g h : R -> R) : P = Q -> (forall x, inside P x -> g x = h x) -> E P g = E Q h.
Proof. intros <-. apply E_ext. Qed.

(* What holds near a point: functions that agree there have equal derivatives. *)
Lemma near_and (v : R) (A B : R -> Prop) : locally v A -> locally v (fun t => A t -> B t) -> locally v B.
Proof. intros H K. generalize (filter_and _ _ H K). apply filter_imp. intros t [a b]. auto. Qed.

Lemma all_near (v : R) (A : R -> Prop) : (forall t, A t) -> locally v A.
Proof. intros H. now apply filter_forall. Qed.

Lemma near_above (u : R -> R) (v a : R) : is_derive u v a -> 0 < u v -> locally v (fun t => 0 < u t).
Proof. intros D H. exact (ex_derive_continuous u v (ex_intro _ a D) (fun y => 0 < y) (open_gt 0 (u v) H)). Qed.

Lemma near_nonzero (u : R -> R) (v a : R) : is_derive u v a -> u v <> 0 -> locally v (fun t => u t <> 0).
Proof. intros D H. exact (ex_derive_continuous u v (ex_intro _ a D) (fun y => y <> 0) (open_neq 0 (u v) H)). Qed.

Lemma near_inside (lo hi : Rbar) (p : R -> R) (v : R) :
  inside (density lo hi p) v -> locally v (inside (density lo hi p)).
Proof.
  intros [n [H1 H2]].
  generalize (open_and _ _ (open_gt (Rmin (lower lo hi n) (upper lo hi n)))
    (open_lt (Rmax (lower lo hi n) (upper lo hi n))) v (conj H1 H2)).
  apply filter_imp. intros t [K1 K2]. now exists n.
Qed.

Lemma nested (f : R -> R) (n m : nat) (x : R) :
  Derive_n f (m + n) x = Derive_n (Derive_n f m) n x.
Proof. rewrite Derive_n_comp. now rewrite Nat.add_comm. Qed.

Lemma is_derive_value (f : R -> R) (x l m : R) : is_derive f x l -> l = m -> is_derive f x m.
Proof. now intros H <-. Qed.

(* Conditions that hold by their form. *)
Lemma fixed (P : R -> law) (v : R) : (forall t x, inside (P t) x = inside (P v) x) -> fixed_support P v.
Proof. intros H. exists (mkposreal 1 Rlt_0_1). intros t _ x. now rewrite H. Qed.

Lemma constant_continuous (c v : R) : absolutely_continuous (fun _ => c) v.
Proof.
  exists (fun _ => 0). exists (mkposreal 1 Rlt_0_1). intros t _.
  replace (c - c) with (scal (t - v) 0) by (unfold scal; simpl; unfold mult; simpl; ring).
  apply (is_RInt_const (V := R_NormedModule)).
Qed.

(* Signs by form. *)
Ltac signs := timeout 1 nra.

Ltac positive :=
  first
    [ assumption
    | match goal with
      | |- 0 < exp _ => apply exp_pos
      | |- 0 < Rpower _ _ => apply exp_pos
      | |- 0 < PI => apply PI_RGT_0
      | |- 0 < _ * _ => apply Rmult_lt_0_compat; positive
      | |- 0 < _ / _ => apply Rdiv_lt_0_compat; positive
      | |- 0 < / _ => apply Rinv_0_lt_compat; positive
      | |- 0 < _ ^ _ => apply pow_lt; positive
      | |- 0 < sqrt _ => apply sqrt_lt_R0; positive
      | |- 0 < _ + _ ^ 2 => apply Rplus_lt_le_0_compat; [positive | apply pow2_ge_0]
      | |- 0 < _ + _ => apply Rplus_lt_0_compat; positive
      end
    | lra
    | signs ].

Ltac nonzero :=
  first
    [ assumption
    | match goal with
      | |- _ * _ <> 0 => apply Rmult_integral_contrapositive_currified; nonzero
      | |- _ ^ _ <> 0 => apply pow_nonzero; nonzero
      | |- / _ <> 0 => apply Rinv_neq_0_compat; nonzero
      end
    | apply not_eq_sym, Rlt_not_eq; positive
    | lra ].

(* Functions at arguments that are equal are written alike. *)
Ltac arguments_with finish :=
  repeat
    match goal with
    | |- context [?f ?u] =>
        lazymatch f with Rplus _ => fail | Rmult _ => fail | Ropp => fail | Rinv => fail | _ => idtac end;
        match type of f with R -> R => idtac end;
        match goal with
        | |- context [f ?v] => tryif constr_eq u v then fail else replace (f v) with (f u) by (f_equal; finish)
        end
    end.

Ltac side := repeat split; nonzero.

(* exp of a sum of multiples is a product of powers. *)
Lemma exp_times (n : nat) (x : R) : exp x ^ n = exp (INR n * x).
Proof.
  induction n as [| n IH]; [simpl; now rewrite Rmult_0_l, exp_0 |].
  rewrite S_INR. simpl pow. rewrite IH, <- exp_plus. f_equal. ring.
Qed.

Ltac exponents :=
  rewrite ?exp_times, <- ?exp_Ropp, <- ?exp_plus; f_equal; cbn [INR]; try reflexivity; field; side.

(* Logarithms of products of what is positive. *)
Ltac logarithms :=
  repeat
    match goal with
    | |- context [ln (exp ?u)] => rewrite (ln_exp u)
    | |- context [ln (?u * ?v)] => rewrite (ln_mult u v) by positive
    | |- context [ln (/ ?u)] => rewrite (ln_Rinv u) by positive
    | |- context [ln (?u / ?v)] => unfold Rdiv at 1
    | |- context [ln 1] => rewrite ln_1
    end.

(* A root is a number whose square is known. *)
Ltac roots :=
  repeat
    match goal with
    | |- context [sqrt ?u] =>
        let s := fresh "root" in
        let H := fresh "Hroot" in
        let P := fresh "Proot" in
        assert (H : sqrt u * sqrt u = u) by (apply sqrt_sqrt; apply Rlt_le; positive);
        assert (P : 0 < sqrt u) by (apply sqrt_lt_R0; positive);
        set (s := sqrt u) in *; clearbody s
    end.

Ltac by_roots :=
  match goal with
  | H : ?s * ?s = ?u |- _ => is_var u; subst u; by_roots
  | _ => field; side
  end.

Ltac algebra :=
  logarithms;
  first
    [ reflexivity
    | ring
    | field; side
    | f_equal; solve [ring | field; side]
    | unfold Rpower; logarithms; field; side
    | apply Rminus_diag_uniq; field_simplify_eq; [ring | side ..]
    | roots;
      first
        [ nra
        | field_simplify_eq; [ | side .. ]; nra
        | field_simplify_eq; [ | side .. ];
          repeat match goal with H : ?s * ?s = ?u |- context [?s ^ 2] => replace (s ^ 2) with u by (simpl; lra) end; ring
        | by_roots ]
    | progress arguments_with ltac:(solve [ring | field; side]); first [reflexivity | ring | field; side] ].

(* Derivatives, from the outside in. What is unknown has a derivative by hypothesis. *)
Lemma derive_const (c x : R) : is_derive (fun _ => c) x 0.
Proof. apply (is_derive_const (V := R_NormedModule)). Qed.

Lemma derive_id (x : R) : is_derive (fun t => t) x 1.
Proof. apply (is_derive_id (K := R_AbsRing)). Qed.

Lemma derive_plus (u v : R -> R) (x a b : R) :
  is_derive u x a -> is_derive v x b -> is_derive (fun t => u t + v t) x (a + b).
Proof. intros. now apply (is_derive_plus (V := R_NormedModule)). Qed.

Lemma derive_minus (u v : R -> R) (x a b : R) :
  is_derive u x a -> is_derive v x b -> is_derive (fun t => u t - v t) x (a - b).
Proof. intros. now apply (is_derive_minus (V := R_NormedModule)). Qed.

Lemma derive_opp (u : R -> R) (x a : R) : is_derive u x a -> is_derive (fun t => - u t) x (- a).
Proof. intros. now apply (is_derive_opp (V := R_NormedModule)). Qed.

Lemma derive_mult (u v : R -> R) (x a b : R) :
  is_derive u x a -> is_derive v x b -> is_derive (fun t => u t * v t) x (a * v x + u x * b).
Proof. intros. apply (is_derive_mult (K := R_AbsRing)); auto. intros; apply Rmult_comm. Qed.

Lemma derive_inv (u : R -> R) (x a : R) :
  is_derive u x a -> u x <> 0 -> is_derive (fun t => / u t) x (- a / u x ^ 2).
Proof. apply is_derive_inv. Qed.

Lemma derive_pow (u : R -> R) (n : nat) (x a : R) :
  is_derive u x a -> is_derive (fun t => u t ^ n) x (INR n * a * u x ^ pred n).
Proof. apply is_derive_pow. Qed.

Lemma derive_comp (f u : R -> R) (x a b : R) :
  is_derive f (u x) b -> is_derive u x a -> is_derive (fun t => f (u t)) x (a * b).
Proof. intros. now apply (is_derive_comp (K := R_AbsRing) (V := R_NormedModule)). Qed.

Lemma derive_sqrt (x : R) : 0 < x -> is_derive sqrt x (/ (2 * sqrt x)).
Proof. intros H. apply is_derive_Reals. now apply derivable_pt_lim_sqrt. Qed.

Lemma derive_sin (x : R) : is_derive sin x (cos x).
Proof. apply is_derive_Reals, derivable_pt_lim_sin. Qed.

Lemma derive_cos (x : R) : is_derive cos x (- sin x).
Proof. apply is_derive_Reals, derivable_pt_lim_cos. Qed.

Lemma derive_atan (x : R) : is_derive atan x (/ (1 + x ^ 2)).
Proof.
  apply is_derive_Reals, derivable_pt_lim_atan.
Qed.

Lemma derive_ln_exp (u : R -> R) (x a : R) : is_derive u x a -> is_derive (fun t => ln (exp (u t))) x a.
Proof. intros H. apply (is_derive_ext (V := R_NormedModule) u); [| exact H]. intros t. symmetry. apply ln_exp. Qed.

Ltac derive :=
  lazymatch goal with
  | |- is_derive (fun _ => ?c) _ _ => apply (derive_const c)
  | |- is_derive (fun t => t) _ _ => apply derive_id
  | |- is_derive (fun t => @?u t + @?v t) _ _ => eapply (derive_plus u v); derive
  | |- is_derive (fun t => @?u t - @?v t) _ _ => eapply (derive_minus u v); derive
  | |- is_derive (fun t => - @?u t) _ _ => eapply (derive_opp u); derive
  | |- is_derive (fun t => @?u t * @?v t) _ _ => eapply (derive_mult u v); derive
  | |- is_derive (fun t => @?u t / @?v t) _ _ => unfold Rdiv; derive
  | |- is_derive (fun t => / @?u t) _ _ => eapply (derive_inv u); [derive | cbv beta; nonzero]
  | |- is_derive (fun t => @?u t ^ ?n) _ _ => eapply (derive_pow u n); derive
  | |- is_derive (fun t => exp (@?u t)) _ _ => eapply (derive_comp exp u); [apply is_derive_exp | derive]
  | |- is_derive (fun t => ln (exp (@?u t))) ?x _ =>
      eapply (derive_ln_exp u); derive
  | |- is_derive (fun t => ln (@?u t)) _ _ => eapply (derive_comp ln u); [apply is_derive_ln; cbv beta; positive | derive]
  | |- is_derive (fun t => sqrt (@?u t)) _ _ => eapply (derive_comp sqrt u); [apply derive_sqrt; cbv beta; positive | derive]
  | |- is_derive (fun t => sin (@?u t)) _ _ => eapply (derive_comp sin u); [apply derive_sin | derive]
  | |- is_derive (fun t => cos (@?u t)) _ _ => eapply (derive_comp cos u); [apply derive_cos | derive]
  | |- is_derive (fun t => atan (@?u t)) _ _ => eapply (derive_comp atan u); [apply derive_atan | derive]
  | |- is_derive (fun t => Rpower (@?u t) ?c) _ _ => unfold Rpower; derive
  | |- _ => first [composed | apply Derive_correct; known]
  end
with composed :=
  match goal with
  | |- is_derive (fun t => ?f (@?u t)) _ _ => eapply (derive_comp f u); [apply Derive_correct; known | derive]
  end
with known :=
  cbv beta;
  match goal with
  | H : forall n x, ex_derive_n ?f n x |- ex_derive ?f ?x => exact (H 1%nat x)
  | H : forall n x, ex_derive_n ?f n x |- ex_derive (Derive ?f) ?x => exact (H 2%nat x)
  | H : forall n x, ex_derive_n ?f n x |- ex_derive (Derive_n ?f ?k) ?x => exact (H (S k) x)
  | H : forall x, ex_derive ?f x |- ex_derive ?f ?x => exact (H x)
  | _ => solve [eauto]
  end.

(* Conditions on numbers, at a place or near a point. *)
Ltac domain :=
  red; intros;
  first [ positive | nonzero | solve [apply all_near; intros; positive] | solve [eapply near_above; [derive | cbv beta; positive]] ].

Ltac simpl_derived :=
  cbv beta; cbn [INR pred];
  repeat match goal with |- context [Derive_n ?f 2] => change (Derive_n f 2) with (Derive (Derive f)) end.
