(* Rules of the library that are theorems. *)
From Coq Require Import Reals Lra Lia List FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Stein Require Import Base Steps.
Open Scope R_scope.

(* A mean is an integral against the density. *)
Lemma expectation_as_integral (P : law) (g : R -> R) :
  has_density P -> E P g = integral (first P) (last P) (fun x => g x * mass P x).
Proof.
  intros [lo [hi [p [-> _]]]]. unfold integral, E. f_equal. apply Lim_seq_ext. intros n. simpl. apply RInt_ext.
  intros x _. unfold weighted; simpl. ring.
Qed.

Lemma INR_unbounded (x : R) : exists n : nat, x < INR n.
Proof.
  exists (Z.to_nat (up (Rabs x))). destruct (archimed (Rabs x)) as [H _]. assert (P := Rabs_pos x).
  assert (Q := Rle_abs x). rewrite INR_IZR_INZ, Z2Nat.id; [lra |]. apply le_IZR. lra.
Qed.

(* The integral of what converges absolutely over the line has one limit, however the intervals grow. *)
Section Wide.
Variable v : R -> R.
Hypothesis integrable : forall n, ex_RInt v (- INR n) (INR n).
Variable M : R.
Hypothesis bounded : forall n, Rabs (RInt (fun x => Rabs (v x)) (- INR n) (INR n)) <= M.

Lemma integrable_between (a b : R) : ex_RInt v a b.
Proof.
  destruct (INR_unbounded (Rabs a)) as [i Hi], (INR_unbounded (Rabs b)) as [j Hj].
  assert (K : forall c, Rabs c <= INR (i + j) -> ex_RInt v (- INR (i + j)) c).
  { intros c Hc. apply (ex_RInt_Chasles_1 v _ _ (INR (i + j))); [| apply integrable].
    revert Hc. unfold Rabs. destruct (Rcase_abs c); lra. }
  rewrite plus_INR in K. assert (Pi := pos_INR i). assert (Pj := pos_INR j).
  apply (ex_RInt_Chasles v a (- (INR i + INR j)) b); [apply ex_RInt_swap |]; apply K; lra.
Qed.

Lemma absolute_between (a b : R) : ex_RInt (fun x => Rabs (v x)) a b.
Proof. apply (ex_RInt_norm v), integrable_between. Qed.

Lemma absolute_positive (a b : R) : a <= b -> 0 <= RInt (fun x => Rabs (v x)) a b.
Proof. intros H. apply RInt_ge_0; [exact H | apply absolute_between | intros; apply Rabs_pos]. Qed.

Lemma below_absolute (a b : R) : a <= b -> Rabs (RInt v a b) <= RInt (fun x => Rabs (v x)) a b.
Proof. intros H. apply (abs_RInt_le v a b H), integrable_between. Qed.

Lemma split (w : R -> R) (a b c : R) : (forall a b, ex_RInt w a b) -> RInt w a c = RInt w a b + RInt w b c.
Proof. intros H. symmetry. apply (RInt_Chasles w a b c); apply H. Qed.

Lemma tails (eps : R) : 0 < eps -> exists N : nat, forall a b,
  a <= - INR N -> INR N <= b -> Rabs (RInt v a b - RInt v (- INR N) (INR N)) <= eps.
Proof.
  intros He. set (A := fun n => RInt (fun x => Rabs (v x)) (- INR n) (INR n)).
  assert (S : forall a b c d, a <= b -> c <= d ->
    RInt (fun x => Rabs (v x)) a d = RInt (fun x => Rabs (v x)) a b + RInt (fun x => Rabs (v x)) b c
      + RInt (fun x => Rabs (v x)) c d).
  { intros a b c d _ _. rewrite (split _ a c d absolute_between), (split _ a b c absolute_between). reflexivity. }
  assert (C : ex_finite_lim_seq A).
  { apply (ex_finite_lim_seq_incr A M).
    - intros n. unfold A. rewrite S_INR.
      rewrite (S (- (INR n + 1)) (- INR n) (INR n) (INR n + 1)) by lra.
      assert (H1 := absolute_positive (- (INR n + 1)) (- INR n) ltac:(lra)).
      assert (H2 := absolute_positive (INR n) (INR n + 1) ltac:(lra)). lra.
    - intros n. eapply Rle_trans; [apply Rle_abs | apply bounded]. }
  apply ex_lim_seq_cauchy_corr in C. destruct (C (mkposreal eps He)) as [N HN]. exists N. intros a b Ha Hb.
  destruct (INR_unbounded (Rmax (- a) b)) as [k Hk].
  assert (Hka := Rmax_l (- a) b). assert (Hkb := Rmax_r (- a) b).
  assert (Hn := pos_INR N).
  assert (HkN : (N <= k)%nat) by (apply INR_le; lra).
  specialize (HN k N HkN (le_n N)). simpl in HN. unfold A in HN.
  rewrite (S (- INR k) (- INR N) (INR N) (INR k)) in HN by lra.
  rewrite (split v a (- INR N) b integrable_between), (split v (- INR N) (INR N) b integrable_between).
  assert (L := below_absolute a (- INR N) Ha). assert (U := below_absolute (INR N) b Hb).
  assert (Ka : RInt (fun x => Rabs (v x)) (- INR k) (- INR N) =
    RInt (fun x => Rabs (v x)) (- INR k) a + RInt (fun x => Rabs (v x)) a (- INR N)) by apply split, absolute_between.
  assert (Kb : RInt (fun x => Rabs (v x)) (INR N) (INR k) =
    RInt (fun x => Rabs (v x)) (INR N) b + RInt (fun x => Rabs (v x)) b (INR k)) by apply split, absolute_between.
  assert (Pa := absolute_positive (- INR k) a ltac:(lra)). assert (Pb := absolute_positive b (INR k) ltac:(lra)).
  assert (Q := Rle_abs (RInt (fun x => Rabs (v x)) (- INR k) (- INR N) + RInt (fun x => Rabs (v x)) (- INR N) (INR N) +
    RInt (fun x => Rabs (v x)) (INR N) (INR k) - RInt (fun x => Rabs (v x)) (- INR N) (INR N))).
  assert (T := Rabs_triang (RInt v a (- INR N)) (RInt v (INR N) b)).
  replace (RInt v a (- INR N) + (RInt v (- INR N) (INR N) + RInt v (INR N) b) - RInt v (- INR N) (INR N))
    with (RInt v a (- INR N) + RInt v (INR N) b) by ring.
  lra.
Qed.

Lemma one_limit (m s l : R) : 0 < s ->
  is_lim_seq (fun n => RInt v (- INR n) (INR n)) l -> is_lim_seq (fun n => RInt v (m - s * INR n) (m + s * INR n)) l.
Proof.
  intros Hs H. apply is_lim_seq_spec. intros eps. assert (He := cond_pos eps).
  destruct (tails (eps / 3) ltac:(lra)) as [N HN].
  apply is_lim_seq_spec in H. destruct (H (mkposreal (eps / 3) ltac:(lra))) as [K HK]. simpl in HK.
  destruct (INR_unbounded ((INR N + Rabs m) / s)) as [j Hj].
  exists j. intros n Hn. apply le_INR in Hn.
  assert (B : INR N + Rabs m < s * INR n).
  { apply Rlt_le_trans with (s * INR j).
    - apply (Rmult_lt_compat_l s) in Hj; [| exact Hs]. replace (s * ((INR N + Rabs m) / s)) with (INR N + Rabs m) in Hj by (field; lra). exact Hj.
    - apply Rmult_le_compat_l; lra. }
  assert (R1 := Rle_abs m). assert (R2 := Rle_abs (- m)). rewrite Rabs_Ropp in R2.
  assert (T1 := HN (m - s * INR n) (m + s * INR n) ltac:(lra) ltac:(lra)).
  set (k := Nat.max K N). assert (Hk := HK k (Nat.le_max_l K N)).
  assert (HkN : INR N <= INR k) by (apply le_INR, Nat.le_max_r).
  assert (T2 := HN (- INR k) (INR k) ltac:(lra) HkN).
  revert T1 T2 Hk. unfold Rabs. repeat destruct (Rcase_abs _); lra.
Qed.
End Wide.

(* A change of variables y = m + s x, where p is the density of x and q that of y. *)
Lemma location_scale (p q g : R -> R) (m s : R) :
  s <> 0 -> (forall x, p x = Rabs s * q (m + s * x)) ->
  ex_E (density m_infty p_infty q) g ->
  E (density m_infty p_infty p) (fun x => g (m + s * x)) = E (density m_infty p_infty q) g.
Proof.
  intros Hs Hp [H1 [[l H2] [M H3]]]. unfold E. rewrite (is_lim_seq_unique _ _ H2).
  set (v := weighted (density m_infty p_infty q) g) in *. simpl in H1, H2, H3.
  assert (L := one_limit v H1 M H3 m (Rabs s) l (Rabs_pos_lt s Hs) H2).
  rewrite (is_lim_seq_unique _ (Finite l)); [reflexivity |]. simpl.
  eapply is_lim_seq_ext; [| exact L]. intros n. cbv beta.
  assert (I := integrable_between v H1).
  set (w := weighted (density m_infty p_infty p) (fun x => g (m + s * x))).
  change (RInt v (m - Rabs s * INR n) (m + Rabs s * INR n) = RInt w (- INR n) (INR n)).
  destruct (Rle_or_lt 0 s) as [P | P].
  - rewrite Rabs_pos_eq by exact P.
    rewrite (RInt_ext w (fun x => scal s (v (s * x + m)))).
    + rewrite (RInt_comp_lin v s m) by apply I. f_equal; ring.
    + intros x _. unfold w, v, weighted; simpl. unfold scal; simpl. unfold mult; simpl.
      rewrite Hp, (Rabs_pos_eq s P), (Rplus_comm (s * x) m). ring.
  - rewrite Rabs_left by exact P.
    rewrite (RInt_ext w (fun x => opp (scal s (v (s * x + m))))).
    + rewrite (RInt_opp (V := R_CompleteNormedModule) (fun x => scal s (v (s * x + m)))) by apply (ex_RInt_comp_lin v s m), I.
      rewrite (RInt_comp_lin v s m) by apply I.
      rewrite opp_RInt_swap by apply I. f_equal; ring.
    + intros x _. unfold w, v, weighted; simpl. unfold opp, scal; simpl. unfold mult; simpl.
      rewrite Hp, (Rabs_left s P), (Rplus_comm (s * x) m). ring.
Qed.

(* The tactics that prove rules of the library, once their definitions are unfolded. *)
Lemma exp_factor (a b s : R) : 0 < s -> a = ln s + b -> exp a = s * exp b.
Proof. intros Hs ->. now rewrite exp_plus, exp_ln. Qed.

Lemma ln_square (s : R) : s <> 0 -> ln (s ^ 2) = 2 * ln (Rabs s).
Proof.
  intros H. assert (P := Rabs_pos_lt s H). rewrite <- pow2_abs. simpl. rewrite Rmult_1_r, ln_mult by exact P. ring.
Qed.

Ltac by_location_scale :=
  intros;
  match goal with
  | Hs : ?s <> 0, H : _ /\ _ |- E _ (fun x => _ (?m + ?s * x)) = _ =>
      refine (location_scale _ _ _ m s Hs _ (proj2 H)); intros x; apply exp_factor; [exact (Rabs_pos_lt s Hs) |];
      assert (0 < s ^ 2) by (apply pow2_gt_0; exact Hs); assert (PP := PI_RGT_0);
      rewrite !(ln_mult (2 * PI)), (ln_square s), ln_1 by (first [lra | exact Hs]); field; exact Hs
  end.

Ltac by_symmetry :=
  intros; symmetry;
  match goal with
  | H : _ /\ _ |- E ?P (fun x => ?g (_ * x)) = _ =>
      transitivity (E P (fun x => g (0 + -1 * x))); [apply E_ext; intros; f_equal; ring |];
      first [refine (location_scale _ _ _ 0 (-1) _ _ (proj1 H)) | refine (location_scale _ _ _ 0 (-1) _ _ (proj2 H))]; [lra |];
      intros; rewrite Rabs_left by lra; replace (- (-1)) with 1 by ring; rewrite Rmult_1_l; apply f_equal; field; lra
  end.

Ltac by_integral := intros; apply expectation_as_integral; assumption.

(* A mean over the points of a law, with the masses as numbers. *)
Ltac by_points :=
  intros;
  match goal with
  | |- E ?P _ = _ => let law := lazymatch P with ?law _ => law | _ => P end in unfold law
  end;
  rewrite (proj1 (E_points _ _ _)); cbn [fold_right];
  repeat
    match goal with
    | |- context [exp ?u] =>
        first
          [ match u with
            | context [ln ?p] => replace (exp u) with p by (rewrite <- (exp_ln p) at 1 by lra; f_equal; ring)
            end
          | replace (exp u) with 1 by (rewrite <- exp_0; f_equal; ring) ]
    end;
  field.
